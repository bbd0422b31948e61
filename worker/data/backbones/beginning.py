"""Whether a file may be a network in ONNX, by its first bytes."""

from worker.data.magic import looks_like
from worker.errors import UnsupportedFile

# ONNX has no magic number: a file begins with the first fields of its message. The version of the
# format comes first, and then one of these, by its number and wire type.
VERSION_TAG = 0x08
NEXT_TAGS = frozenset({0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42, 0x72})
MOST_VERSION = 0x7F


def check_beginning(name: str, head: bytes) -> None:
    """Refuse a file as soon as its first bytes are here.

    Args:
        head: the first bytes of it, or all, if there are few.

    Raises:
        UnsupportedFile: no network in ONNX begins so.
    """
    version, following = head[1:2], head[2:3]
    if (
        head[:1] == bytes([VERSION_TAG])
        and b"\0" < version <= bytes([MOST_VERSION])
        and (not following or following[0] in NEXT_TAGS)
    ):
        return
    raise UnsupportedFile(
        f"Expected a network in ONNX, but the bytes of {name} look like {looks_like(head)}; "
        "export the network to ONNX and send that one file."
    )
