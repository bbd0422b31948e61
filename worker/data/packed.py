"""A file in a zip or a tar, by its name as the writer meant it, and only such as stay inside."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from worker.data.digests import Digests, digest_of
from worker.data.progress import Seen
from worker.errors import CorruptFile, UnsafeFile

JUNK = {"__MACOSX", "_DS_Store", "Thumbs.db", "desktop.ini"}
SHOWN_CHARACTERS = 80
NUMBER = re.compile(r"^\d{2,}-")

T = TypeVar("T")


class PackedFile(NamedTuple):
    """A file in an archive.

    Attributes:
        path: its folders, then its name.
        name: all of that as it is stored.
        size: in bytes, unpacked.
        read: returns its bytes; of a longer file one more than it is asked for, and the error, if
            they are damaged.
        checksum: of the bytes, as the archive says; 0 where it says nothing.
    """

    path: tuple[str, ...]
    name: str
    size: int
    read: Callable[[int], bytes | CorruptFile]
    checksum: int = 0

    @property
    def quoted(self) -> str:
        return quoted(self.name)


def sent_as(label: str) -> str:
    """Returns how a file was called when it was sent: the store puts a number before its name."""
    return NUMBER.sub("", label)


def quoted(name: str) -> str:
    """Returns a name for messages, in quotes."""
    # repr, because a name may have line ends, or characters that turn the direction of writing.
    return repr(name[:SHOWN_CHARACTERS])


def digests_of_files(files: Sequence[PackedFile], most: int, seen: Seen) -> Digests:
    """Returns numbers that are the same where the bytes of files are; only files that may be the
    same are read for that.

    Args:
        most: bytes of a file that are read.
        seen: counts the files.
    """
    alike = Counter((file.size, file.checksum) for file in files)
    found = np.arange(len(files), dtype=np.uint64)
    for number, file in enumerate(files):
        data = file.read(most) if alike[file.size, file.checksum] > 1 else None
        if isinstance(data, bytes):
            found[number] = digest_of(data)
        seen(1)
    return found


def some(things: Sequence[T], most: int, told: Callable[[T], str] = str, joint: str = ", ") -> str:
    """Returns the first of these things for messages, and how many more there are.

    Args:
        told: returns how one is called.
        joint: what stands between two.
    """
    more = f" and {len(things) - most:,} more" if len(things) > most else ""
    return joint.join(map(told, things[:most])) + more


def path_of(name: str) -> tuple[str, ...]:
    """Returns the folders of an entry, then its name, in Unicode's composed form (NFC).

    Raises:
        UnsafeFile: the name points outside of the archive.
    """
    name = unicodedata.normalize("NFC", name)
    # Windows's own tools once wrote backslashes.
    parts = name.replace("\\", "/").split("/")
    path = tuple(part for part in parts if part not in ("", "."))
    if not path or parts[0] == "" or ".." in parts or "\0" in name or name[1:2] == ":":
        raise UnsafeFile(
            f"Expected names inside the archive's own folder, got {quoted(name)}; "
            "pack the folder again with a common tool."
        )
    return path


def is_junk(path: Sequence[str]) -> bool:
    """Whether computers add such a file by themselves."""
    return any(part.startswith(".") or part in JUNK for part in path)
