"""What a backup says of itself: each file with its bytes and its digest, and of which store.

backup.json, the last to be written: a backup without it is none
"""

import json
import re
from collections.abc import Iterable
from typing import NamedTuple

from worker.jsontypes import Json
from worker.store.version import FILE as VERSION

MANIFEST, FORMAT = "backup.json", 1
KINDS = (
    "answered", "backbones", "datasets", "features", "imports", "jobs", "keys", "lineages",
    "models", "originals", "predictions", "schedules", "sweeps", "uploads",
)  # fmt: skip
PATH = re.compile(rf"{re.escape(VERSION)}|({'|'.join(KINDS)})(/[^./\x00-\x1f][^/\x00-\x1f]*)+")
MOST_CHARACTERS = 1_000  # of a path
DIGEST = re.compile("[0-9a-f]{64}")


class UnfitBackup(Exception):
    """The backup cannot be used, or none can be made there; the message says why."""


class Entry(NamedTuple):
    """A file of a backup.

    Attributes:
        path: of the file, below the data folder.
        bytes: how many it has.
        sha256: of these, in hexadecimal.
        same_as: the path of the file whose other name it is; "" for one that has bytes of its own.
    """

    path: str
    bytes: int
    sha256: str
    same_as: str = ""


def written(entries: Iterable[Entry], about: Json) -> bytes:
    """Returns the manifest of these files as it is written.

    Args:
        about: what is said beside them.
    """
    files = [{name: value for name, value in e._asdict().items() if value != ""} for e in entries]
    return json.dumps({"format": FORMAT, **about, "files": files}, indent=0).encode()


def read(text: bytes) -> tuple[Json, list[Entry]]:
    """Returns what a manifest says, and its files.

    Raises:
        UnfitBackup: it is no manifest, or one of a newer release.
    """
    try:
        about = json.loads(text)
        files = [Entry(**each) for each in about.pop("files")]
        known = about["format"] <= FORMAT
        sound = all(map(is_sound, files)) and type(about["store"]) is int
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnfitBackup(damaged(MANIFEST, "it cannot be read")) from error
    if not known:
        raise UnfitBackup(
            f"Expected a backup of format {FORMAT}, got {about['format']!r:.20}, which a newer "
            "release has written. Restore it by that release."
        )
    if not sound:
        raise UnfitBackup(damaged(MANIFEST, "it names what no backup has"))
    return about, files


def is_sound(entry: Entry) -> bool:
    return (
        may_be(entry.path)
        and type(entry.bytes) is int
        and entry.bytes >= 0
        and DIGEST.fullmatch(entry.sha256) is not None
        and (entry.same_as == "" or may_be(entry.same_as))
    )


def may_be(path: object) -> bool:
    """Whether a file of a backup may have this path, and lead nowhere else."""
    return (
        isinstance(path, str) and len(path) <= MOST_CHARACTERS and PATH.fullmatch(path) is not None
    )


def damaged(path: str, why: str) -> str:
    """Returns that a backup cannot be used, because of one of its files."""
    return (
        f"Expected a backup as it was written, and {path:.200} is not: {why}. It was cut short or "
        "changed; nothing was restored. Use another copy of it."
    )
