"""Events of TensorBoard, each as a record of an event file.

A record is its length, a checksum of that, an `Event`, and a checksum of that. The numbers of the
fields are those of TensorBoard's `event.proto`, `summary.proto` and `plugin_data.proto`.
"""

import json
import struct
from collections.abc import Iterable, Mapping

import google_crc32c

from service.tracking.parameters import Plain
from service.tracking.tensorboard.protobuf import double, message, single, text, whole
from worker.jsontypes import Json

SUMMARY, VALUE, TAG, NUMBER, TENSOR, METADATA = 5, 1, 1, 2, 8, 9
STRINGS, OF_TENSORS = 7, 2  # a tensor's type, and the class of data whose values are tensors
HPARAMS_VERSION, SESSION_START, SESSION_END = 1, 3, 4


def version() -> bytes:
    """Returns the record with which a file begins."""
    return record(0, 0, text(3, "brain.Event:2"))


def scalars(ms: float, step: int, values: Iterable[tuple[str, float]]) -> bytes:
    """Returns one record with numbers by their tags, of a step and a time since 1970."""
    told = (message(VALUE, text(TAG, tag), single(NUMBER, value)) for tag, value in values)
    return record(ms, step, message(SUMMARY, *told))


def markdown(ms: float, step: int, tag: str, said: str) -> bytes:
    """Returns a record with a text that is shown as Markdown."""
    one = message(2, whole(1, 1))  # a tensor of one text
    tensor = message(TENSOR, whole(1, STRINGS), message(2, one), text(8, said))
    shown = message(METADATA, message(1, text(1, "text")), whole(4, OF_TENSORS))
    return record(ms, step, message(SUMMARY, message(VALUE, text(TAG, tag), tensor, shown)))


def code(found: Json) -> str:
    """Returns JSON as Markdown that shows it as it is."""
    return "".join(f"    {line}\n" for line in json.dumps(found, indent=2).splitlines())


def session_start(ms: float, group: str, found: Mapping[str, Plain]) -> bytes:
    """Returns a record with the hyperparameters of a run."""
    pairs = (message(1, text(1, name), message(2, value_of(found[name]))) for name in found)
    start = message(SESSION_START, *pairs, text(4, group), double(5, ms / 1000))
    return _of_session(ms, "session_start_info", start)


def session_end(ms: float, succeeded: bool) -> bytes:
    """Returns a record that says how a run ended."""
    end = message(SESSION_END, whole(1, 1 if succeeded else 2), double(2, ms / 1000))
    return _of_session(ms, "session_end_info", end)


def value_of(value: Plain) -> bytes:
    """Returns the field of `google.protobuf.Value` for a plain value."""
    if isinstance(value, bool):  # before numbers, which it is one of
        return whole(4, int(value))
    return text(3, value) if isinstance(value, str) else double(2, float(value))


def _of_session(ms: float, name: str, info: bytes) -> bytes:
    plugin = message(1, text(1, "hparams"), message(2, whole(HPARAMS_VERSION, 0), info))
    tagged = text(TAG, f"_hparams_/{name}"), message(METADATA, plugin)
    return record(ms, 0, message(SUMMARY, message(VALUE, *tagged)))


def record(ms: float, step: int, what: bytes) -> bytes:
    event = double(1, ms / 1000) + whole(2, step) + what
    length = struct.pack("<Q", len(event))
    return length + checksum(length) + event + checksum(event)


def checksum(data: bytes) -> bytes:
    """Returns the CRC-32C of some bytes as TFRecord masks it: turned by 15 bits, and 0xA282EAD8
    more."""
    crc = google_crc32c.value(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
