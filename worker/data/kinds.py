"""What an uploaded file is, by its bytes and, of a zip, by the bytes of what is in it."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

from worker.data import archive
from worker.data.compressions import COMPRESSIONS, TARS, beginning, begun, tar_in
from worker.data.magic import ADVICE, HEAD_BYTES, looks_like, pictured
from worker.data.packed import PackedFile, some
from worker.data.pictures.formats import SUFFIXES
from worker.errors import CorruptFile, UnsupportedFile

LOOKED_INTO = 16  # files of a zip
SHOWN = 4
# Names of files that only models have.
MODELS = {
    "data.pkl": "a PyTorch model",
    "model.weights.h5": "a Keras model",
    "saved_model.pb": "a TensorFlow model",
}
# What may lie in a zip in place of pictures.
TABLES = {"CSV", "JSON Lines", "Parquet", "Arrow"}
DATA = {"HDF5", "NPY", "zip", *TABLES} | {*ADVICE}
ARCHIVES = {"zip", *TARS}
TAKEN = ARCHIVES | {"HDF5", "NPY"} | TABLES


def check_beginning(name: str, head: bytes) -> None:
    """Refuse a file as soon as its first bytes are here.

    Args:
        head: HEAD_BYTES of it, or all, if it is shorter.

    Raises:
        UnsupportedFile: no file that begins so is read here, whatever follows.
    """
    kind = looks_like(head)
    if kind in COMPRESSIONS:
        inside = begun(kind, head)
        # Where too little is there to tell, the import will.
        taken = not inside or looks_like(inside) == "tar"
    else:
        taken = kind in TAKEN
    if not taken:
        raise unsupported([name], [kind])


def check_unlabelled(name: str, head: bytes) -> None:
    """Refuse a file without labels as soon as its first bytes are here: pictures themselves are
    read too.

    Raises:
        UnsupportedFile: as `check_beginning` says.
    """
    if not pictured(head):
        check_beginning(name, head)


def kind_of(path: Path) -> str:
    """Returns what a file looks like: as `looks_like`, or NPZ, or a compressed tar.

    Raises:
        UnsupportedFile: it is a zip of files that should have been sent themselves, or of a model.
        CorruptFile: it is compressed, and nothing of it can be unpacked.
    """
    with path.open("rb") as file:
        kind = looks_like(file.read(HEAD_BYTES))
    if kind in COMPRESSIONS:
        if not (inside := beginning(kind, path)):
            raise CorruptFile(
                f"Expected a tar in {kind}, but nothing of {path.name} can be unpacked: it is "
                "damaged or cut short; make it again."
            )
        return tar_in(kind) if looks_like(inside) == "tar" else kind
    if kind != "zip":
        return kind
    try:
        with archive.opened(path) as packed:
            return _kind_of_zip(packed, path.name)
    except CorruptFile:  # as its importer will say
        return kind


def _kind_of_zip(packed: ZipFile, name: str) -> str:
    files = archive.files_of(packed)
    for file in files:
        if model := MODELS.get(file.path[-1]):
            raise UnsupportedFile(
                f"Expected pictures or arrays in {name}, but {file.quoted} is of {model}; "
                "send the data that it was trained on."
            )
    if any(PurePosixPath(file.name.lower()).suffix in SUFFIXES for file in files):
        return "zip"
    heads = {file.quoted: _head_of(file) for file in files[:: len(files) // LOOKED_INTO + 1]}
    # One that cannot be read says nothing of the others.
    found = {inner: looks_like(head) for inner, head in heads.items() if head}
    if {*found.values()} == {"NPY"}:
        return "NPZ"
    inside = {inner: kind for inner, kind in found.items() if kind in DATA}
    if inside and not any(map(pictured, heads.values())):
        raise UnsupportedFile(
            f"Expected pictures in {name}, but it holds {_told(inside)}; unpack it and send "
            f"{' and '.join([*inside][:SHOWN])} instead."
        )
    return "zip"


def _head_of(file: PackedFile) -> bytes:
    """Its first bytes; none where it cannot be read, which its importer will say."""
    head = file.read(HEAD_BYTES)
    return head if isinstance(head, bytes) else b""


def _told(inside: dict[str, str]) -> str:
    words = [f"{'another zip' if kind == 'zip' else kind}, {name}" for name, kind in inside.items()]
    return some(words, SHOWN, joint="; ")


def unsupported(names: Sequence[str], kinds: Sequence[str]) -> UnsupportedFile:
    """Returns the refusal of files that are of these kinds."""
    came = "; ".join(
        f"the bytes of {name} look like {kind}" for name, kind in zip(names, kinds, strict=True)
    )
    advice = [ADVICE[kind] for kind in kinds if kind in ADVICE]
    return UnsupportedFile(
        "Expected arrays in HDF5, NPZ or NPY files, pictures in zips or tars with a folder for "
        "each class, or rows with named columns in CSV, JSON Lines, Parquet or Arrow files, but "
        f"{came or 'no file came'}; {advice[0] if advice else 'send one of these'}."
    )
