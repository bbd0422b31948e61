"""A request's body, taken apart: JSON, and the bytes of tensors behind it."""

from typing import Any, NamedTuple, NoReturn

from service.requests.json_body import parse
from worker.errors import MalformedBody, TooLarge

LENGTH = "Inference-Header-Content-Length"
# JSON becomes an object for each number in it, while no other request is served.
MOST_JSON_BYTES = 8 * 2**20
DIGITS = 12  # of the length of a body


class Envelope(NamedTuple):
    """What came.

    Attributes:
        head: what the JSON says.
        tail: the bytes behind it; None where tensors stand in the JSON alone.
        is_raw: whether there is no JSON, and all of the body is one tensor.
    """

    head: Any
    tail: memoryview | None
    is_raw: bool = False


def opened(body: bytes, length: str | None) -> Envelope:
    """Returns a body's JSON and what is behind it.

    Args:
        length: the header LENGTH: of the JSON in bytes, 0 if there is none; None without it.

    Raises:
        MalformedBody: the body is not as long as that, or what should be JSON is none.
        HTTPException: 400; the JSON is none, or names a field twice.
        TooLarge: there is too much JSON.
    """
    if length is None:
        return Envelope(_parsed(body), None)
    if not (length.isascii() and length.isdigit() and len(length) <= DIGITS):
        raise MalformedBody(f"Expected a number of bytes in {LENGTH}, got {length!r:.40}.")
    if (size := int(length)) > len(body):
        raise MalformedBody(
            f"Expected a body with {size:,} bytes of JSON, as {LENGTH} says, got {len(body):,} "
            "bytes in all."
        )
    tail = memoryview(body)[size:]
    return Envelope(_parsed(body[:size]), tail) if size else Envelope(None, tail, is_raw=True)


def _parsed(text: bytes) -> Any:
    if len(text) > MOST_JSON_BYTES:
        raise TooLarge(
            f"Expected at most {MOST_JSON_BYTES:,} bytes of JSON, got {len(text):,}. Send the "
            "tensors in binary, which is smaller and quicker too."
        )
    return parse(text, constant=_refuse_constant)


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedBody(f"Expected a JSON body, got {name} in it, which JSON has no word for.")
