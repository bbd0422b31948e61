"""What kind of file some bytes are, whatever the name of the file says."""

import codecs
import csv
import io
import re
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from worker.data.pictures.formats import format_of

# So many that HDF5 behind MATLAB's 512 bytes is known, and the head of a tar.
HEAD_BYTES = 1024
UNPACK = "unpack it and send what is in it"
AS_UTF8 = "save it again as UTF-8 (in Excel: CSV UTF-8)"
AS_ARRAYS = "save them with np.savez as x_train and y_train"


class FileKind(NamedTuple):
    """A kind of files that are not pictures, or pictures that are not read here.

    Attributes:
        words: for it, that fit after "look like".
        begins: what its bytes begin with.
        advice: what to do with it in place of sending it; empty where nothing is special.
        picture: whether it is a format of pictures.
    """

    words: str
    begins: bytes
    advice: str = ""
    picture: bool = False


# The first that fits. Bytes are regular expressions.
KINDS = (
    FileKind("HDF5", rb"\x89HDF\r\n\x1a\n"),
    FileKind("zip", rb"PK\x03\x04"),
    FileKind("an empty zip", rb"PK\x05\x06"),
    FileKind("NPY", rb"\x93NUMPY"),
    FileKind(
        "a web page (HTML)",
        rb"(?i)(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)?<(?:!doctype html|html|head)\b",
        "download the file itself, not the page that shows it",
    ),
    FileKind(
        "a Git LFS pointer",
        rb"version https://(?:git-lfs|hawser)\.github\.com/spec/",
        "run `git lfs pull` and send the file that it brings",
    ),
    FileKind(
        "XML",
        rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml|svg)\b",
        "it may be what a server said in place of the file, so download that again",
    ),
    FileKind(
        "MATLAB 7.3",
        rb"MATLAB 7\.3",
        "its axes are in the opposite order; read the arrays with h5py, make the pictures "
        f"(rows, height, width, 3) and {AS_ARRAYS}",
    ),
    FileKind(
        "HDF5 behind a user block of 512 bytes",
        rb".{512}\x89HDF\r\n\x1a\n",
        "write it again without userblock_size",
    ),
    FileKind(
        "MATLAB 5",
        rb"MATLAB 5\.0|MATLAB [^7]",
        "read the arrays with scipy.io.loadmat, make the pictures (rows, height, width, 3) and "
        f"{AS_ARRAYS}",
    ),
    FileKind(
        "IDX, as MNIST comes",
        rb"\0\0[\x08\x09\x0b-\x0e][\x01-\x04]",
        f"read the arrays and {AS_ARRAYS}",
    ),
    FileKind(
        "HEIC, as phones take pictures",
        rb".{4}ftyp(?:hei[cxsm]|hev[cx]|mif1|msf1)",
        "save them as JPEG, or have the phone do so (Most Compatible), or have "
        "purrceptron-server[heic] installed where the service runs",
        picture=True,
    ),
    FileKind("JPEG 2000", rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", picture=True),
    FileKind("JPEG XL", rb"\0\0\0\x0cJXL |\xff\x0a", picture=True),
    FileKind("Photoshop's PSD", rb"8BPS", picture=True),
    FileKind("PDF", rb"%PDF"),
    FileKind("PostScript", rb"%!PS"),
    FileKind("gzip", rb"\x1f\x8b", UNPACK),
    FileKind("bzip2", rb"BZh[1-9]", UNPACK),
    FileKind("xz", rb"\xfd7zXZ\0", UNPACK),
    FileKind("zstd", rb"\x28\xb5\x2f\xfd", UNPACK),
    FileKind("LZ4", rb"\x04\x22\x4d\x18", UNPACK),
    FileKind("tar", rb".{257}ustar"),
    FileKind("7z", rb"7z\xbc\xaf\x27\x1c", f"{UNPACK}, or a zip of it"),
    FileKind("RAR", rb"Rar!", f"{UNPACK}, or a zip of it"),
    FileKind("Parquet", rb"PAR1"),
    FileKind("Arrow", rb"ARROW1|\xff{4}[^\0].{2}\0"),
    FileKind("Feather 1", rb"FEA1", "write it again as Parquet"),
    FileKind("SQLite", rb"SQLite format 3\0", "write its rows as CSV or Parquet"),
    FileKind("text in UTF-16", rb"\xff\xfe.\0|\xfe\xff\0.", AS_UTF8),
    FileKind(
        "a list in JSON",
        rb"(?:\xef\xbb\xbf)?\s*\[\s*[\[{\"\d-]",
        "write its rows as JSON Lines, an object in each line",
    ),
    FileKind("JSON Lines", rb"(?:\xef\xbb\xbf)?\s*\{[ \t]*\"[^\n]*(?:\n\s*(?:\{|\Z)|\Z)"),
    FileKind(
        "safetensors", rb".{8}\{\"", "they are a model's weights; send what it was trained on"
    ),
    FileKind(
        "a Python pickle",
        rb"\x80[\x02-\x05]",
        f"pickles run code, so they are never opened; load the arrays and {AS_ARRAYS}",
    ),
)
PATTERNS = [(re.compile(kind.begins, re.DOTALL), kind) for kind in KINDS]

EMPTY = FileKind("an empty file", b"")
TABLE = FileKind("CSV", b"")
TEXT = FileKind("plain text", b"")
OTHER_TEXT = FileKind("text that is not in UTF-8", b"", AS_UTF8)
UNKNOWN = FileKind("no format known here", b"")
ADVICE = {kind.words: kind.advice for kind in (*KINDS, OTHER_TEXT) if kind.advice}
SEPARATORS = ",;\t|"  # of columns
PROSE = re.compile(r"[.!?](?: |$)")


def looks_like(head: bytes) -> str:
    """Returns the kind of file that begins with these bytes, in words that fit after "look like".

    A format of pictures that is read here has its name in FORMATS.
    """
    return format_of(head) or file_kind(head).words


def pictured(head: bytes) -> bool:
    """Whether the file that begins with these bytes is a picture, if only to be named to whoever
    sent it."""
    return format_of(head) is not None or file_kind(head).picture


def file_kind(head: bytes) -> FileKind:
    """Returns the kind of file that begins with these bytes, unless that is a picture read here."""
    head = head[:HEAD_BYTES]
    if not head:
        return EMPTY
    for pattern, kind in PATTERNS:
        if pattern.match(head):
            return kind
    if (text := _text(head)) is not None:
        return TABLE if _is_table(text, cut=len(head) == HEAD_BYTES) else TEXT
    return OTHER_TEXT if _is_table(head.decode("latin-1"), cut=True) else UNKNOWN


def _text(head: bytes) -> str | None:
    head = head.removeprefix(codecs.BOM_UTF8)
    # The cut at HEAD_BYTES may fall into a character of up to four bytes.
    text = head.decode("utf-8", errors="ignore")
    return text if all(map(_readable, text)) and len(text.encode()) >= len(head) - 3 else None


def _is_table(text: str, cut: bool) -> bool:
    """Whether the first two rows have as many columns as one another, and more than one; or the
    only line has some and goes on, as the names of many may.

    Args:
        cut: whether the last line goes on.
    """
    lines = [line for line in io.StringIO(text) if line.strip()]
    if not lines or PROSE.search(lines[0]) or not all(map(_readable, text)):
        return False
    whole = lines[:-1] if cut else lines
    if len(whole) < 2:
        return cut and any(mark in lines[0] for mark in SEPARATORS)
    return any(_even(whole, mark) for mark in SEPARATORS)


def _even(lines: Sequence[str], separator: str) -> bool:
    try:
        rows = islice(csv.reader(lines, delimiter=separator), 2)  # one may take several lines
        widths = [len(row) for row in rows]
    except csv.Error:
        return False
    return len(widths) == 2 and widths[0] == widths[1] > 1


def _readable(character: str) -> bool:
    return character.isprintable() or character.isspace()
