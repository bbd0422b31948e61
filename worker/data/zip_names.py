"""The names in a zip as their writer meant them, and only such as stay inside of it."""

import unicodedata
from contextlib import suppress
from zipfile import ZipInfo

from worker.errors import UnsafeFile

UTF_8 = 0x800  # the flag of names that are said to be UTF-8; others are said to be CP 437


def path_of(info: ZipInfo) -> tuple[str, ...]:
    """Returns the folders of an entry, then its name, in Unicode's composed form (NFC).

    Raises:
        UnsafeFile: the name points outside of the zip.
    """
    name = _decoded(info)
    # Windows's own tools once wrote backslashes.
    parts = name.replace("\\", "/").split("/")
    if not name or parts[0] == "" or ".." in parts or "\0" in name or name[1:2] == ":":
        raise UnsafeFile(
            f"Expected names inside the zip's own folder, got {name[:80]!r}; "
            "zip the folder again with a common tool."
        )
    return tuple(part for part in parts if part not in ("", "."))


def _decoded(info: ZipInfo) -> str:
    """What is valid as UTF-8 is that, whatever the flag says: most tools write nothing else."""
    name = info.orig_filename
    if not info.flag_bits & UTF_8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode()
    return unicodedata.normalize("NFC", name)
