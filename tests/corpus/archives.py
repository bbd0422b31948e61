"""Archives of pictures: how people lay them out, and what nobody may put in."""

import io
import random
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product

from tests.corpus.case import CHANGED, CORRUPT, READY, UNSAFE, UNSUPPORTED, Case
from tests.worker.data.making import PACKERS, encoded, pictures

SPLITS = {
    "train": ("train", "training", "train_set", "training_set", "seg_train", "TRAIN",
              "Training Set"),
    "validation": ("val", "valid", "validation", "dev", "Val"),
    "test": ("test", "testing", "test_set", "seg_test", "TEST", "test1"),
}  # fmt: skip
BESIDE = (
    "README.md", "cats.txt", ".DS_Store", "__MACOSX/._x.png", "Thumbs.db", "labels.xml", "a/b.json",
    "empty.png", "script.py", "notes.pdf", "data.yaml",
)  # fmt: skip
OUTSIDE = (
    "../evil.png", "cat/../../evil.png", "/etc/passwd", "C:\\evil.png", "a\\..\\..\\evil.png",
    "..", "cat/..", "/", "\\\\host\\share\\x.png", "d:/x.png",
)  # fmt: skip
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
KINDS = {"zip": "zip", "": "tar", "gzip": "tar.gz", "zstd": "tar.zst"}
# What is said of an archive without a file, by the last letters of its name.
EMPTY = {"zip": "an empty zip", "tar": "no format known", "gz": "gzip", "zst": "zstd"}


@cache
def picture(number: int, kind: str = "PNG") -> bytes:
    return encoded(pictures(1, 24, number)[0], kind)


def folders(prefix: str = "", each: int = 4, kind: str = "PNG", seed: int = 0) -> dict[str, bytes]:
    return {
        f"{prefix}{name}/{number}.{kind.lower()}": picture(seed + 10 * at + number, kind)
        for at, name in enumerate(("cat", "dog"))
        for number in range(each)
    }


def packed(files: Mapping[str, bytes], kind: str) -> bytes:
    whole = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return whole.getvalue()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return PACKERS[kind](whole.getvalue())


def case(
    name: str, files: Mapping[str, bytes], kind: str, expected: str = READY, words: str = ""
) -> Case:
    suffix = KINDS[kind]
    return Case(f"{name} in {suffix}", {f"a.{suffix}": packed(files, kind)}, expected, words)


def cases() -> Iterator[Case]:
    yield from laid_out()
    yield from outside()
    yield from damaged()


def laid_out() -> Iterator[Case]:
    both = folders("train/") | folders("test/", 2, seed=50)
    for kind in KINDS:
        suffix = KINDS[kind]
        yield case("class folders", folders(), kind, READY, "test_held_out")
        yield case("both splits", both, kind)
        yield case("a folder around", {f"pets/{name}": data for name, data in both.items()}, kind)
        yield case("backslashes", {n.replace("/", "\\"): data for n, data in both.items()}, kind)
        yield case("one class", {"cat/1.png": picture(1), "cat/2.png": picture(2)}, kind,
                   CORRUPT, "at least 2 classes")  # fmt: skip
        yield case("nothing", {}, kind, UNSUPPORTED, EMPTY[suffix.rpartition(".")[2]])
        yield case("no pictures", {"cat/a.txt": b"hello", "dog/b.txt": b"you"}, kind, CORRUPT,
                   "Expected pictures of at least 2 classes")  # fmt: skip
        for form, n in product(("{}.{}.png", "{}_{:03}.png", "{} ({}).png"), (1,)):
            named = {
                form.format(name, number + n): picture(10 * at + number)
                for at, name in enumerate(("cat", "dog"))
                for number in range(4)
            }
            yield case(f"names as {form}", named, kind)
        for name in BESIDE:
            content = b"" if name == "empty.png" else b"hello"
            yield case(f"{name} beside", both | {name: content}, kind)
        table = "".join(f"{n}.png,{'cat' if n % 2 else 'dog'}\n" for n in range(8))
        listed = {f"images/{n}.png": picture(n) for n in range(8)}
        yield case("a list", listed | {"labels.csv": b"file,label\n" + table.encode()}, kind)
        lines = table.replace(",", " ").encode()
        yield case("lines of a list", listed | {"images/train.txt": lines}, kind)
    for (split, words), kind in product(SPLITS.items(), ("zip", "")):
        for word in words:
            files = {"train": folders("train/"), "test": folders("test/", 2, seed=50)}
            files[split] = folders(f"{word}/", 3, seed=90)
            merged = {name: data for part in files.values() for name, data in part.items()}
            yield case(f"{word!r} for {split}", merged, kind)
    for kind in FORMATS:
        yield case(f"pictures in {kind}", folders(kind=kind), "zip")


def outside() -> Iterator[Case]:
    for name, kind in product(OUTSIDE, KINDS):
        yield case(f"{name!r}", folders() | {name: picture(3)}, kind, UNSAFE, "own folder")


def damaged() -> Iterator[Case]:
    chance = random.Random(1)
    for kind, suffix in KINDS.items():
        whole = packed(folders(each=6), kind)
        for part in range(1, 12):
            cut = whole[: part * len(whole) // 12]
            # A tar ends in zeros, of which some may be missing.
            expected = READY if suffix == "tar" and part > 9 else CORRUPT
            words = "damaged or cut short" if expected == CORRUPT else ""
            yield Case(f"{suffix} cut at {part}/12", {f"a.{suffix}": cut}, expected, words)
        for number in range(8):
            flipped = bytearray(whole)
            flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
            yield Case(f"{suffix} flipped {number}", {f"a.{suffix}": bytes(flipped)}, CHANGED)
    for kind in FORMATS:
        good, whole = folders(each=8, kind=kind), picture(99, kind)
        for part in (1, 2, 3):
            cut = whole[: part * len(whole) // 4]
            files = good | {f"cat/cut.{kind.lower()}": cut}
            yield case(
                f"{kind} cut at {part}/4",
                files,
                "zip",
                READY,
                "cut_short_pictures|unreadable_pictures",
            )
