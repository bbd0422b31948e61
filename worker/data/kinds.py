"""What an uploaded file is, by its bytes and, of a zip, by the bytes of what is in it."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from zipfile import ZipFile, ZipInfo

from worker.data import archive
from worker.data.magic import ADVICE, HEAD_BYTES, looks_like
from worker.data.pictures.formats import FORMATS, SUFFIXES
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
DATA = {"HDF5", "NPY", "zip"} | {*ADVICE}
# Of a format that is read here, or of one that is named to whoever sends it.
PICTURES = FORMATS.keys() | {"HEIC, as phones take pictures", "JPEG 2000", "JPEG XL"}


def kind_of(path: Path) -> str:
    """Returns what a file looks like: as `looks_like`, or NPZ.

    Raises:
        UnsupportedFile: it is a zip of files that should have been sent themselves, or of a model.
    """
    with path.open("rb") as file:
        kind = looks_like(file.read(HEAD_BYTES))
    if kind != "zip":
        return kind
    try:
        with archive.opened(path) as packed:
            return _kind_of_zip(packed, path.name)
    except CorruptFile:  # as its importer will say
        return kind


def _kind_of_zip(packed: ZipFile, name: str) -> str:
    infos = [file.info for file in archive.files_of(packed)]
    for info in infos:
        if model := MODELS.get(PurePosixPath(info.filename).name):
            raise UnsupportedFile(
                f"Expected pictures or arrays in {name}, but {archive.quoted(info)} is of {model}; "
                "send the data that it was trained on."
            )
    if any(PurePosixPath(info.filename.lower()).suffix in SUFFIXES for info in infos):
        return "zip"
    some = infos[:: len(infos) // LOOKED_INTO + 1]
    found = {archive.quoted(info): _head_of(packed, info) for info in some}
    if {*found.values()} == {"NPY"}:
        return "NPZ"
    inside = {inner: kind for inner, kind in found.items() if kind in DATA}
    if inside and not PICTURES & {*found.values()}:
        raise UnsupportedFile(
            f"Expected pictures in {name}, but it holds {_told(inside)}; unpack it and send "
            f"{' and '.join([*inside][:SHOWN])} instead."
        )
    return "zip"


def _head_of(packed: ZipFile, info: ZipInfo) -> str:
    """What an entry looks like; nothing where it cannot be read, which its importer will say."""
    head = archive.bytes_of(packed, info, HEAD_BYTES)
    return looks_like(head) if isinstance(head, bytes) else ""


def _told(inside: dict[str, str]) -> str:
    words = [f"{'another zip' if kind == 'zip' else kind}, {name}" for name, kind in inside.items()]
    more = f"; and {len(words) - SHOWN:,} more" if len(words) > SHOWN else ""
    return "; ".join(words[:SHOWN]) + more


def told(files: Sequence[Path], kinds: Sequence[str]) -> str:
    """Returns for messages what the bytes of each file look like."""
    return "; ".join(
        f"the bytes of {path.name} look like {kind}"
        for path, kind in zip(files, kinds, strict=True)
    )
