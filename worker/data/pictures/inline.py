"""Pictures within JSON, as texts: data URLs (RFC 2397), or base64 alone."""

import binascii

from worker.errors import InvalidParameter

BASE64 = ";base64"
BLANKS = str.maketrans("", "", " \t\r\n")  # which programs put between lines of base64
EXPECTED = "Expected a picture in base64, or as data:image/…;base64,…"


def decoded(text: str) -> bytes:
    """Returns the bytes that a text stands for. The type that it may name is not believed.

    Raises:
        InvalidParameter: it is neither a data URL in base64, nor base64.
    """
    head, comma, data = text.partition(",") if text.startswith("data:") else (BASE64, ",", text)
    if not comma or not head.lower().endswith(BASE64):
        raise InvalidParameter(f"{EXPECTED}, got a data URL that is not in base64.")
    try:
        return binascii.a2b_base64(data.translate(BLANKS).encode("ascii"), strict_mode=True)
    except ValueError as error:
        if text.startswith(("http://", "https://")):
            raise InvalidParameter(
                f'{EXPECTED}, got an address. Send {{"url": …}} alone, for one picture.'
            ) from error
        raise InvalidParameter(f"{EXPECTED}, got something else, or not all of it.") from error
