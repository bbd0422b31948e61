"""Archives of pictures, usually with a folder for each class: `cat/a.jpg`, `other/b.png`.

How they may be laid out, `layout` says. Classes are numbered in alphabetical order. Nothing is ever
extracted to disk.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path, PurePosixPath

from worker.data import archive, contents, label_lists, tarball
from worker.data.compressions import TARS
from worker.data.contents import Block, Contents, Labels
from worker.data.layout import ADVICE, placed
from worker.data.magic import HEAD_BYTES, pictured
from worker.data.options import ImportOptions
from worker.data.packed import PackedFile, sent_as
from worker.data.picture_splits import Entry, labels_of, settled
from worker.data.pictures.formats import FORMATS, SUFFIXES, format_of, is_misnamed
from worker.data.pictures.pool import DecoderPool
from worker.data.preprocessing import REDUCING_GAP, Preprocessing
from worker.data.progress import Tell, untold
from worker.data.reading import Reading
from worker.data.sandbox import TOO_LONG
from worker.errors import CorruptFile, LimitExceeded, WorkerError
from worker.settings import Settings

# Ends of names, in lower case.
PICTURES = SUFFIXES | {".heic", ".heif"}
NO_PICTURES = {
    ".txt", ".csv", ".tsv", ".json", ".xml", ".yaml", ".yml", ".md", ".pdf", ".html", ".htm", ".py",
    ".ipynb", ".m", ".mat", ".npy", ".npz", ".log", ".ini", ".db", ".docx", ".xlsx",
}  # fmt: skip
SIDE = 64  # of pictures where no other is asked for
MAX_LIST_BYTES = 2**24
MAX_UNREADABLE = 0.1


@contextmanager
def opened(
    files: Mapping[Path, str],
    options: ImportOptions,
    settings: Settings,
    seed: int,
    tell: Tell = untold,
) -> Iterator[Contents]:
    """Yields the pictures of one or several archives, as `at_size` does, at the size that was asked
    for.

    Args:
        files: each with its kind, "zip" or one of a tar.
        tell: called with how far it is.

    Raises:
        InvalidParameter: an option is of other files.
        CorruptFile, UnsafeFile, UnsupportedFile, LimitExceeded: as `at_size` raises them.
    """
    options.check_for("files of pictures")
    side = options.image_size or SIDE
    preprocessing = Preprocessing(
        height=side,
        width=side,
        resize=options.resize or "squash",
        reducing_gap=REDUCING_GAP,
    )
    stored = preprocessing.shape, preprocessing.dtype
    with at_size(files, preprocessing, stored, settings, seed, tell) as found:
        yield found


@contextmanager
def at_size(
    files: Mapping[Path, str],
    preprocessing: Preprocessing,
    stored: tuple[tuple[int, ...], str],
    settings: Settings,
    seed: int,
    tell: Tell,
) -> Iterator[Contents]:
    """Yields the pictures of one or several archives; without a test folder, a fifth of each class
    is held out.

    Args:
        stored: the shape and the dtype of what is going to be kept of each picture.

    Raises:
        CorruptFile: one is damaged, or too many of its pictures are unreadable.
        UnsafeFile: a name or a link in it points outside of it.
        UnsupportedFile: its folders or its compression are of another kind.
        LimitExceeded: it is over a limit of the settings.
    """
    reading = Reading()
    with ExitStack() as stack:
        packed = [
            (sent_as(path.name), stack.enter_context(unpacked(path, kind, settings)))
            for path, kind in files.items()
        ]
        entries = _sorted_out(packed, reading)
        classes = sorted({entry.class_name for entry in entries})
        contents.check_classes(classes, settings.max_classes)
        labels = labels_of(entries, classes)
        reading.rows = len(entries)
        entries = settled(entries, labels, settings, seed, reading, tell)
        rows = Counter(entry.split for entry in entries)
        contents.check_size(rows, stored[0], settings, stored[1])
        blocks = _blocks(entries, labels, preprocessing, settings, reading)
        yield Contents(classes, preprocessing, reading, blocks)


@contextmanager
def unpacked(path: Path, kind: str, settings: Settings) -> Iterator[list[PackedFile]]:
    """Yields the files of an archive, in the order in which they are read.

    Raises:
        CorruptFile, UnsafeFile, UnsupportedFile, LimitExceeded: as `at_size` raises them.
    """
    most = max(settings.max_upload_bytes, settings.max_dataset_bytes)
    if kind in TARS:
        with tarball.opened(path, kind, most) as files:
            yield files
        return
    with archive.opened(path) as packed:
        archive.check_entries(packed.infolist())
        # zipfile inflates no more of a file than its header declares, so this is a true limit.
        total = sum(min(info.file_size, settings.max_image_bytes) for info in packed.infolist())
        if total > most:
            raise LimitExceeded(
                f"Expected a zip of at most {most:,} bytes unpacked, "
                f"got {total:,}; send fewer or smaller pictures."
            )
        yield sorted(archive.files_of(packed), key=lambda file: file.path)


def _sorted_out(packed: Sequence[tuple[str, list[PackedFile]]], reading: Reading) -> list[Entry]:
    """Returns the pictures in the order of the archives, each with its split and class; notes what
    is none, and those of no class.

    Args:
        packed: the name of each archive, and its files.
    """
    pictures: list[tuple[str, PackedFile]] = []
    others: list[PackedFile] = []
    for name, own in packed:
        for file in own:
            if _is_picture(file):
                pictures.append((name, file))
            else:
                others.append(file)
    reading.files = len(pictures) + len(others)
    _check_pictures(pictures, others)
    reading.no_pictures = [file.quoted for file in others]
    lists = [file for file in others if suffix_of(file) in label_lists.SUFFIXES]
    archives = [name for name, _ in pictures] if len(packed) > 1 else None
    places = placed([file.path for _, file in pictures], partial(_listed, lists), archives)
    known = {place.number for place in places}
    reading.outside = [file.quoted for n, (_, file) in enumerate(pictures) if n not in known]
    return [Entry(place.split, place.class_name, pictures[place.number][1]) for place in places]


def _check_pictures(pictures: Sequence[object], others: Sequence[PackedFile]) -> None:
    if pictures:
        return
    came = f"got {others[0].quoted} and the like" if others else "got an empty one"
    raise CorruptFile(f"Expected pictures of at least 2 classes in the archive, {came}. {ADVICE}")


def suffix_of(file: PackedFile) -> str:
    """Returns the end of a file's name, in lower case."""
    return PurePosixPath(file.name.lower()).suffix


def _is_picture(file: PackedFile) -> bool:
    """By the end of its name, or, where that says nothing, by its first bytes."""
    suffix = suffix_of(file)
    if not file.size or suffix in NO_PICTURES:
        return False
    if suffix in PICTURES:
        return True
    head = file.read(HEAD_BYTES)
    return isinstance(head, bytes) and pictured(head)


def _listed(
    lists: Sequence[PackedFile], paths: Sequence[tuple[str, ...]]
) -> list[str | None] | None:
    """The label of each path by the lists that are in the archives; None without any."""
    found: list[str | None] = [None] * len(paths)
    files: dict[tuple[str, ...], dict[str, int]] = {}  # by the folder of the list
    for own in lists:
        text = own.read(MAX_LIST_BYTES)
        if not isinstance(text, bytes) or len(text) > MAX_LIST_BYTES:
            continue
        folder = own.path[:-1]
        if folder not in files:
            files[folder] = label_lists.below(folder, paths)
        words = text.decode("utf-8-sig", errors="replace")
        for number, label in label_lists.labels_of(words, files[folder]).items():
            found[number] = label
    return found if any(found) else None


def _blocks(
    entries: Sequence[Entry],
    labels: Labels,
    preprocessing: Preprocessing,
    settings: Settings,
    reading: Reading,
) -> Iterator[Block]:
    formats: list[str | None] = []
    encoded = _read(entries, settings.max_image_bytes, formats)
    with DecoderPool(settings) as pool:
        for row, picture in enumerate(pool.in_order(encoded, preprocessing)):
            if pool.seconds > settings.import_timeout_s:
                raise TOO_LONG.kind(TOO_LONG.detail)
            if isinstance(picture, WorkerError):
                reading.unreadable.append(f"{entries[row].file.quoted} ({picture})")
                _check_readable(reading)
            else:
                kind = formats[row]
                if kind is not None and is_misnamed(entries[row].file.path[-1], kind):
                    reading.misnamed.append(f"{entries[row].file.quoted} ({FORMATS[kind].title})")
                if picture.cut_short:
                    reading.cut_short.append(entries[row].file.quoted)
                if entries[row].split == "train":
                    reading.file_sizes.append(entries[row].file.size)
                    reading.file_formats.append(formats[row] or "")
                name, label = entries[row].file.name, labels[row : row + 1]
                yield Block(entries[row].split, picture.pixels[None], label, [name])


def _read(
    entries: Sequence[Entry], most: int, formats: list[str | None]
) -> Iterator[bytes | WorkerError]:
    """Yields the bytes of each picture, and appends its format."""
    for entry in entries:
        data = entry.file.read(most)
        formats.append(format_of(data) if isinstance(data, bytes) else None)
        yield data


def _check_readable(reading: Reading) -> None:
    if len(reading.unreadable) > MAX_UNREADABLE * reading.rows:
        raise CorruptFile(
            f"Expected at least {1 - MAX_UNREADABLE:.0%} of {reading.rows:,} pictures to be "
            f"readable, but too many are not, among them {reading.unreadable[0]}"
        )
