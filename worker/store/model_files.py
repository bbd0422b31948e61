"""The files of one version of a model: how they are written, and what its manifest says of them."""

import hashlib
import json
import os
from pathlib import Path
from typing import BinaryIO, NamedTuple

from worker.errors import DamagedModel
from worker.jsontypes import Json
from worker.store import tensor_file
from worker.store.stored_spec import SPEC_VERSION
from worker.store.tensor_file import Tensors
from worker.system.files import sync_tree

WEIGHTS, UNFOLDED = "weights.safetensors", "unfolded.safetensors"
CHAIN = "chain.json"  # digests of the weights at the ends of epochs
HELD_OUT = "held_out.safetensors"  # what was answered for each row by who had not learned from it
DIGESTS = {WEIGHTS: "digest", UNFOLDED: "unfolded_digest"}  # where the manifest has them
OTHERS = "files"  # where it has the digests of all others, by their names

Content = Tensors | bytes  # of a file


class PublishedFile(NamedTuple):
    """An open file of a version, and how many bytes it has. Whoever asked for it closes it."""

    file: BinaryIO
    size_bytes: int


def opened(path: Path, expected: str | None, what: str) -> PublishedFile:
    """Returns a file whose bytes are those that were published.

    Args:
        expected: its digest.
        what: how it is called where its bytes are others.

    Raises:
        FileNotFoundError: there is none.
        DamagedModel: its bytes are others.
    """
    file = path.open("rb")
    try:
        check_digest(tensor_file.digest(file), expected, what)
    except DamagedModel:
        file.close()
        raise
    return PublishedFile(file, os.fstat(file.fileno()).st_size)


def tensors_in(path: Path, expected: str | None, what: str) -> Tensors:
    """Returns the tensors of such a file, in memory of their own: what becomes of the file later
    does not reach them.

    Args:
        expected, what: as of `opened`.

    Raises:
        FileNotFoundError, DamagedModel: as `opened` says.
    """
    data, found = tensor_file.content(path)
    check_digest(found, expected, what)
    return tensor_file.parsed(data)[0]


def check_digest(sha256: str, expected: str | None, what: str) -> None:
    """Check that the bytes of a file are those that were published, by their sha256.

    Raises:
        DamagedModel: they are others.
    """
    if (found := f"sha256:{sha256}") != expected:
        raise DamagedModel(
            f"Expected {what} to have digest {expected}, got {found}. The file has changed on "
            "disk; train it again."
        )


def write(folder: Path, files: dict[str, Content], about: Json, evaluation: Json) -> None:
    """Make the folder of a version, its files by their names, durable."""
    folder.mkdir(parents=True)
    manifest = {**about, "spec_version": SPEC_VERSION}
    for name, content in files.items():
        digest = f"sha256:{written(folder / name, content)}"
        if name in DIGESTS:
            manifest[DIGESTS[name]] = digest
        else:
            manifest.setdefault(OTHERS, {})[name] = digest
    (folder / "evaluation.json").write_text(json.dumps(evaluation))
    (folder / "manifest.json").write_text(json.dumps(manifest))
    sync_tree(folder)


def written(path: Path, content: Content) -> str:
    """Returns the sha256 of the file that has this content then, in hexadecimal."""
    with path.open("wb") as file:
        if not isinstance(content, bytes):
            return tensor_file.write(file, content)
        file.write(content)
        return hashlib.sha256(content).hexdigest()


def size(content: Content) -> int:
    """Returns the bytes of such a file; of tensors, without its few first."""
    return len(content) if isinstance(content, bytes) else tensor_file.size(content)


def digest_in(manifest: Json, name: str) -> str | None:
    """Returns which digest the manifest says that a file has; None if there is no such file."""
    found = manifest.get(DIGESTS[name]) if name in DIGESTS else manifest.get(OTHERS, {}).get(name)
    return None if found is None else str(found)


def can_start(manifest: Json) -> bool:
    """Whether jobs may start from this version: its weights are kept as they were trained."""
    return digest_in(manifest, UNFOLDED) is not None
