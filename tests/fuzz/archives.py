"""Readers of zips and tars, of their compressions, and of lists of labels in them."""

import gzip
import io
import tarfile
import zipfile

from tests.fuzz.held_file import held
from tests.fuzz.pictures import dot
from tests.worker.data.making import PACKERS
from worker.data import picture_folders
from worker.data.compressions import COMPRESSIONS, beginning, begun
from worker.data.kinds import ARCHIVES, kind_of
from worker.data.label_lists import below, labels_of
from worker.data.layout import placed
from worker.data.options import AS_THEY_ARE
from worker.data.packed import path_of
from worker.settings import Settings

SETTINGS = Settings(
    min_free_bytes=0, max_upload_bytes=10**7, max_dataset_bytes=10**7, max_image_bytes=10**6
)
PATHS = [("a", f"{folder}", f"{n}.jpg") for folder in ("cat", "dog") for n in range(3)]


def archive(body: bytes) -> None:
    """All of it but the pictures themselves."""
    path = held(body)
    if (kind := kind_of(path)) in ARCHIVES:
        with picture_folders.opened({path: kind}, AS_THEY_ARE, SETTINGS, 1) as contents:
            assert len(contents.classes) > 1


def compressed(body: bytes) -> None:
    for kind in COMPRESSIONS:
        first, all_of_it = begun(kind, body), beginning(kind, held(body))
        # From the same bytes the same, except where the second finds a damage further on.
        assert first.startswith(all_of_it) or all_of_it.startswith(first)


def labels(body: bytes) -> None:
    files = below(("a",), PATHS)
    for place, label in labels_of(body.decode(errors="replace"), files).items():
        assert label
        assert 0 <= place < len(PATHS)


def layout(body: bytes) -> None:
    """Paths in lines, which may say classes and splits."""
    paths = [path_of(line) for line in body.decode(errors="replace").split("\n")]
    found = placed(paths, lambda _: None)
    assert len({place.number for place in found}) == len(found)


def files() -> dict[str, bytes]:
    """A dataset of two classes, in a train folder and a test folder."""
    return {
        "train/cat/0.png": dot("PNG"),
        "train/dog/1.png": dot("BMP"),
        "test/cat/2.bmp": dot("BMP"),
        "test/dog/3.png": dot("PNG"),
    }


def listed_files() -> dict[str, bytes]:
    """Pictures in one folder, beside a list of their labels."""
    pictures = {f"all/{n}": dot("GIF") for n in range(4)}
    return {**pictures, "labels.csv": b"file,label\n0,cat\n1,cat\n2,dog\n3,dog\n"}


def zips() -> list[bytes]:
    return [zipped(files()), zipped(files(), zipfile.ZIP_DEFLATED), zipped(listed_files())]


def zipped(inside: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as made:
        for name, data in inside.items():
            made.writestr(name, data)
    return whole.getvalue()


def tars() -> list[bytes]:
    forms = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
    return [tarred(files(), forms[0]), *(tarred(listed_files(), form) for form in forms[1:])]


def tarred(inside: dict[str, bytes], form: int = tarfile.GNU_FORMAT) -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=form) as made:
        for name, data in inside.items():
            info = tarfile.TarInfo(name if form == tarfile.USTAR_FORMAT else "é" * 101 + name)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return whole.getvalue()


def compressed_tars() -> list[bytes]:
    tar = tarred(files(), tarfile.USTAR_FORMAT)
    # What is not compressed can be changed without damage to all behind it.
    return [
        gzip.compress(tar, 0),
        PACKERS["gzip"](tar),
        PACKERS["zstd"](tar),
        PACKERS["zstd"](bytes(5000) + tar),
    ]


def lists() -> list[bytes]:
    return [
        b"file,label\ncat/0.jpg,cat\ndog/1.jpg,dog\n",
        b"id;cat;dog\n0;1;0\ncat/1;0;1\n",
        b"cat/0.jpg cat\ndog/1.jpg dog\n./dog/2.jpg dog\n",
        b'"a/cat/2.jpg"\t"a ""cat"""\n',
    ]


def paths() -> list[bytes]:
    return [
        b"train/cat/1.jpg\ntrain/dog/2.jpg\ntest/cat/3.jpg\ntest/dog/4.jpg",
        b"cat.1.jpg\ncat.2.jpg\ndog (1).jpg\ndog (2).jpg",
        b"pets\\Cat\\1.png\npets\\cat\\2.png\npets\\valid\\dog\\3.png",
    ]
