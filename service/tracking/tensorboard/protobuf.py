"""Fields of protocol buffers as bytes: the few kinds that TensorBoard's messages consist of.

Source: https://protobuf.dev/programming-guides/encoding/
"""

import struct

VARINT, DOUBLE, BYTES, SINGLE = 0, 1, 2, 5  # how the value of a field is written


def whole(number: int, value: int) -> bytes:
    """Returns field `number` with a whole number of 0 or more."""
    return _tag(number, VARINT) + _varint(value)


def double(number: int, value: float) -> bytes:
    """Returns field `number` with a number of 64 bits."""
    return _tag(number, DOUBLE) + struct.pack("<d", value)


def single(number: int, value: float) -> bytes:
    """Returns field `number` with a number of 32 bits; one that is too large becomes infinite."""
    try:
        return _tag(number, SINGLE) + struct.pack("<f", value)
    except OverflowError:
        return _tag(number, SINGLE) + struct.pack(
            "<f", float("inf") if value > 0 else -float("inf")
        )


def text(number: int, value: str) -> bytes:
    """Returns field `number` with a text."""
    return message(number, value.encode())


def message(number: int, *fields: bytes) -> bytes:
    """Returns field `number` with bytes, or with a message of these fields."""
    value = b"".join(fields)
    return _tag(number, BYTES) + _varint(len(value)) + value


def _tag(number: int, kind: int) -> bytes:
    return _varint(number << 3 | kind)


def _varint(value: int) -> bytes:
    """Returns seven bits a byte, the lowest first; all but the last byte have their highest bit
    set."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*found, value))
