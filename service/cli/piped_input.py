"""What comes by standard input: a picture, an array, rows or a table. Its first bytes tell."""

import codecs
import csv
import io
import json
from enum import StrEnum
from typing import Any, NamedTuple, cast

from service.cli.asked_rows import PIECE_BYTES

ARRAY = b"\x93NUMPY"
BOM = b"\xef\xbb\xbf"
DOCUMENTS = ("rows", "images")  # the fields of a body that asks about several at once


class Kind(StrEnum):
    """What a model may be asked about."""

    PICTURE = "picture"  # or what the service will say of it
    ARRAY = "array"
    DOCUMENT = "document"  # rows in one piece of JSON, or a body as the API has it
    LINES = "lines"  # a row of JSON in each, without end
    TABLE = "table"  # CSV


class Piped(NamedTuple):
    """What has come. `file` is all of it, from its beginning; of a document `known` is it."""

    kind: Kind
    file: io.BufferedIOBase
    known: Any = None


class _Rejoined(io.RawIOBase):
    """A stream with what was read of it in front again."""

    def __init__(self, head: bytes, rest: io.BufferedIOBase) -> None:
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._head[: len(buffer)] or self._rest.read1(len(buffer))
        self._head = self._head[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)


def looked_at(stream: io.BufferedIOBase) -> Piped:
    """Returns what comes. Of lines no more than the first is waited for."""
    head = b""
    while b"\n" not in head and (piece := stream.read1(PIECE_BYTES)):
        head += piece
    file = io.BufferedReader(_Rejoined(head, stream), PIECE_BYTES)
    if head.startswith(ARRAY):
        return Piped(Kind.ARRAY, file)
    if not _is_text(head):
        return Piped(Kind.PICTURE, file)
    line = head.partition(b"\n")[0].removeprefix(BOM).strip()
    if not line:
        return Piped(Kind.LINES, file)
    try:
        first = json.loads(line)
    except ValueError:
        return _document(file) if line[:1] in b'[{"' else Piped(Kind.TABLE, file)
    return _document(file) if _is_document(first) else Piped(Kind.LINES, file)


def table_of(file: io.BufferedIOBase) -> "csv.DictReader[str]":
    text = io.TextIOWrapper(cast(io.BufferedReader, file), "utf-8-sig", newline="")
    return csv.DictReader(text)


def _document(file: io.BufferedIOBase) -> Piped:
    """What begins as JSON that goes on behind its first line, or ends with it."""
    whole = file.read()
    try:
        known = json.loads(whole)
    except ValueError:  # of which line, the service says
        return Piped(Kind.LINES, io.BytesIO(whole))
    if _is_document(known):
        return Piped(Kind.DOCUMENT, file, known)
    return Piped(Kind.LINES, io.BytesIO(json.dumps(known).encode()))


def _is_document(known: Any) -> bool:
    """Whether this is several rows, and not one."""
    if isinstance(known, dict):
        return any(isinstance(known.get(name), list) for name in DOCUMENTS)
    return isinstance(known, list) and bool(known) and isinstance(known[0], list | dict)


def _is_text(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # its last letter may be half there
    except UnicodeDecodeError:
        return False
    return b"\0" not in head
