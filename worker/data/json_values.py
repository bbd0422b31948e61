"""Values in a body of JSON, each looked at by itself: where it ends, and why it is refused."""

import json
import re
from typing import NoReturn

from worker.errors import InvalidParameter, MalformedBody

NO_NUMBER = re.compile(b"NaN|-?Infinity")
# Reads a value to find its end alone; an integer of thousands of digits would take long.
PASSING = json.JSONDecoder(parse_int=len, parse_float=len)
FIRST_BYTES = 4096  # of a value that is looked at so, before more of it
LONGEST_WORD = 9  # "-Infinity", or an escape: of which a part may stand at the end of a cut text
KINDS = {
    b'"': "a string",
    b"t": "true",
    b"f": "false",
    b"n": "null",
    b"[": "a list",
    b"{": "an object",
}


def behind(body: bytes, at: int, most: int) -> int | None:
    """Returns the byte behind the value that begins at this one; None if it does not end within so
    many bytes.

    Raises:
        MalformedBody: it is not JSON.
    """
    size = FIRST_BYTES  # most values are short, and all threads wait while one is looked at
    while True:
        size = min(size, most)
        text, is_all = text_at(body, at, size), at + size >= len(body)
        try:
            _, end = PASSING.raw_decode(text)
        except json.JSONDecodeError as error:
            if is_all or not _may_be_cut(error):
                refuse_json(body, at)
        except RecursionError:  # which it stays, however much of it is looked at
            if is_all:
                refuse_json(body, at)
            return None
        else:
            return at + len(text[:end].encode())
        if size == most:
            return None
        size *= 4


def _may_be_cut(error: json.JSONDecodeError) -> bool:
    """Whether a text may be no JSON for no other reason than that its end is missing."""
    is_text = error.msg.startswith("Unterminated string")
    return is_text or error.pos + LONGEST_WORD > len(error.doc)


def text_at(body: bytes, at: int, most: int) -> str:
    """Returns the text from this byte on, of about so many bytes at most.

    Raises:
        MalformedBody: it is not UTF-8.
    """
    piece = body[at : at + most]
    try:
        return piece.decode()
    except UnicodeDecodeError as error:
        if error.start < len(piece) - 3:
            raise MalformedBody("Expected JSON in UTF-8, got other bytes.") from error
        return piece[: error.start].decode()  # it is cut within a character


def escaped(name: str) -> str:
    """Returns a name as it stands in a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def refuse_value(body: bytes, at: int, pointer: str, expected: str) -> NoReturn:
    if found := NO_NUMBER.match(body, at):
        raise InvalidParameter(f"Expected {expected}, got {found[0].decode()}.", pointer)
    begins = body[at : at + 1]
    if begins == b"[" and expected == "a number":
        expected = "a flat list of numbers, in row-major order, for each row"
    if begins not in KINDS and not begins.isdigit() and begins != b"-":
        refuse_json(body, at)
    raise InvalidParameter(f"Expected {expected}, got {KINDS.get(begins, 'a number')}.", pointer)


def refuse_json(body: bytes, at: int) -> NoReturn:
    around = body[at : at + 20].decode(errors="replace")
    raise MalformedBody(
        f"Expected a JSON body, got something that is none, at or behind byte {at}: {around!r}."
    )
