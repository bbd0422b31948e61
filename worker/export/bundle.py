"""A bundle: the model in both forms, a card that tells of it, and a program that answers by it."""

import hashlib
import json
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple, cast
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from worker.data.backbones.sizing import preprocessing
from worker.data.pictures.fingerprint import CANONICAL, numbers
from worker.data.preprocessing import Preprocessing
from worker.data.tables.preprocessing import preprocessing_of
from worker.export.card import card
from worker.jsontypes import Json
from worker.store.exports import MODEL, VECTORS
from worker.store.model_files import WEIGHTS
from worker.store.store import Store

Pieces = Generator[bytes, None, None]

PROGRAMS = ("predict.py", "pictures.py")
TAKEN = Path(__file__).parent / "taken"
PIECE_BYTES = 2**20
BEGAN = (1980, 1, 1, 0, 0, 0)  # of all files, so that a bundle is always the same bytes
READABLE = 0o644 << 16


class Bundle(NamedTuple):
    """What goes into a bundle.

    Attributes:
        texts: small files by their names.
        digests: of the large ones, by theirs.
    """

    name: str
    version: int
    texts: dict[str, bytes]
    digests: dict[str, str]

    @property
    def digest(self) -> str:
        """Returns a sha256 that is another one when anything in it is."""
        found = hashlib.sha256(json.dumps(self.digests).encode())
        for name, text in self.texts.items():
            found.update(b"%s %d " % (name.encode(), len(text)))
            found.update(text)
        return found.hexdigest()


def bundle_of(store: Store, name: str, version: int, about: Json) -> Bundle:
    """Returns the bundle of a version.

    Args:
        about: what is known of its export.

    Raises:
        ModelNotFound: there is no such version.
    """
    manifest = store.models.manifest(name, version)
    with store.models.evaluation(name, version) as file:
        evaluation = json.load(file)
    texts = {name: (TAKEN / name).read_bytes() for name in PROGRAMS}
    told = asked_by(store, manifest, about)
    if "canonical" in told:
        texts[CANONICAL.name] = CANONICAL.read_bytes()
    texts["model.json"] = json.dumps(told, indent=1).encode()
    texts["README.md"] = card(manifest, evaluation, about).encode()
    digests = {
        WEIGHTS: manifest["digest"],
        **{which: about["files"][which] for which in (MODEL, VECTORS)},
    }
    return Bundle(name, version, texts, digests)


def asked_by(store: Store, manifest: Json, about: Json) -> Json:
    """Returns what predict.py is told: how a sample becomes what the network takes, and its
    steps."""
    how = preprocessing_of(manifest["preprocessing"])
    told: Json = {
        "model": f"{manifest['name']}/{manifest['version']}",
        "classes": manifest["classes"],
        "needs_onnxruntime": manifest.get("backbone") is not None,
        "shape": manifest["shape"],
        "steps": about["steps"],
    }
    if not isinstance(how, Preprocessing):
        return told | {"input": "table", **how.as_dict()}
    if how.kind != "picture":
        return told | {"input": "rows"}
    pictures = [how.as_dict()]
    if (digest := manifest.get("backbone")) is not None:
        expects = store.backbones.open(digest)[0].input
        told["shape"] = [*expects.size, 3]
        pictures.append(preprocessing(expects).as_dict())
    told |= {"input": "pictures", "pictures": pictures}
    if (kept := manifest.get("fingerprint")) is not None:
        told |= {"canonical": numbers(kept["sample"]).tolist(), "made_by": kept["made_by"]}
    return told


def pieces(store: Store, bundle: Bundle) -> Pieces:
    """Returns the bundle as a zip, piece by piece, each made when it is taken. Its files are opened
    and checked at once: later, nobody could be told of an error.

    Raises:
        ModelNotFound, DamagedModel: a file is not there any more, or not as it was made.
    """
    which = bundle.name, bundle.version
    with ExitStack() as stack:
        files = {
            WEIGHTS: stack.enter_context(store.models.weights(*which).file),
            MODEL: stack.enter_context(store.exports.file(*which, MODEL).file),
            VECTORS: stack.enter_context(store.exports.file(*which, VECTORS).file),
        }
        return zipped(bundle.texts, files, stack.pop_all())


def zipped(texts: dict[str, bytes], files: dict[str, BinaryIO], opened: ExitStack) -> Pieces:
    """Yields a zip of these, which are not compressed: numbers hardly can be. Closes what is
    `opened` at the end."""
    sink = Sink()
    with opened, ZipFile(cast(IO[bytes], sink), "w", ZIP_STORED) as archive:
        for name, text in texts.items():
            archive.writestr(entry(name), text)
            yield sink.taken()
        for name, file in files.items():
            with archive.open(entry(name), "w", force_zip64=True) as target:
                while piece := file.read(PIECE_BYTES):
                    target.write(piece)
                    yield sink.taken()
    yield sink.taken()


def entry(name: str) -> ZipInfo:
    found = ZipInfo(name, BEGAN)
    found.external_attr = READABLE
    return found


class Sink:
    """A file that cannot be read, of which what was written is taken away."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        """Returns what was written since this was called before."""
        parts, self._parts = self._parts, []
        return b"".join(parts)
