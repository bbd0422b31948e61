"""What a client of the protocol asks for."""

from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn, TypeVar

from service.inference_protocol.envelope import LENGTH, Envelope
from worker.errors import InvalidParameter
from worker.jsontypes import Json
from worker.serving.signatures import Signature
from worker.serving.tensors import DATATYPES, TEXT, Sent, packed

MOST_ID, MOST_DIMENSIONS, LONGEST_DIMENSION = 1_000, 8, 2**40
SHARED = "shared_memory_region"
KINDS = {str: "a string", int: "a whole number", bool: "true or false", list: "a list"}

T = TypeVar("T")


class Wanted(NamedTuple):
    """An output that is asked for, and whether in binary."""

    name: str
    binary: bool


class Asked(NamedTuple):
    """What is asked.

    Attributes:
        id: comes back in the answer; None if there is none.
        outputs: in the order of the answer; all there are if none are named.
        binary: whether outputs that are not named are sent in binary.
    """

    id: str | None
    inputs: list[Sent]
    outputs: list[Wanted]
    binary: bool


def asked_in(envelope: Envelope, signature: Signature) -> Asked:
    """Returns what a body asks a model for; nothing is allocated for tensors.

    Raises:
        InvalidParameter: it has not the form of the protocol.
    """
    if envelope.is_raw:
        return Asked(None, [_raw(envelope.tail or memoryview(b""), signature)], [], binary=True)
    head = _of(dict, envelope.head, "", "an object")
    binary = _optional(bool, _parameters(head, ""), "binary_data_output", "/parameters")
    inputs = _of(list, head.get("inputs"), "/inputs", "a list of tensors")
    if not inputs:
        _refuse("/inputs", "at least one input", "none")
    outputs = _optional(list, head, "outputs", "") or []
    return Asked(
        _id(head),
        list(_sent(inputs, envelope.tail)),
        list(_wanted(outputs, signature, binary or False)),
        binary or False,
    )


def _id(head: Json) -> str | None:
    if (found := _optional(str, head, "id", "")) is None:
        return None
    if len(found) > MOST_ID or not found.isprintable():
        _refuse("/id", f"at most {MOST_ID:,} printable characters", f"{found!r:.40}…")
    return found


def _raw(tail: memoryview, signature: Signature) -> Sent:
    """The one input of a model whose bytes are all of the body: a row, or an encoded picture."""
    if len(signature.inputs) != 1:
        _refuse(
            "", f"JSON with the model's {len(signature.inputs)} inputs", f"{LENGTH}: 0, and no JSON"
        )
    (only,) = signature.inputs
    if only.datatypes == (TEXT,):
        return Sent(only.name, TEXT, (1,), memoryview(packed([tail])), "")
    return Sent(only.name, only.datatypes[0], (1, *only.shape[1:]), tail, "")


def _sent(inputs: list[Any], tail: memoryview | None) -> Iterator[Sent]:
    """The inputs with their data; those in binary have theirs in their order in the tail."""
    at = 0
    for number, each in enumerate(inputs):
        place = f"/inputs/{number}"
        tensor = _of(dict, each, place, "an object")
        parameters = _parameters(tensor, place)
        size = _optional(int, parameters, "binary_data_size", f"{place}/parameters")
        if (size is None) == ("data" not in tensor):
            came = "neither" if size is None else "both"
            _refuse(place, "either data or binary_data_size", came)
        data: memoryview | list[Any]
        if size is None:
            data = _of(list, tensor["data"], f"{place}/data", "a list")
        else:
            data = _slice(tail, at, size, place)
            at += size
        yield Sent(*_described(tensor, place), data, place)
    if tail is not None and at != len(tail):
        _refuse("/inputs", f"{at:,} bytes behind the JSON, as they say", f"{len(tail):,}")


def _slice(tail: memoryview | None, at: int, size: int, place: str) -> memoryview:
    if tail is None:
        _refuse(place, f"the header {LENGTH} with binary data", "none")
    if not 0 <= size <= len(tail) - at:
        _refuse(f"{place}/parameters/binary_data_size", f"0 to {len(tail) - at:,} bytes", f"{size}")
    return tail[at : at + size]


def _described(tensor: Json, place: str) -> tuple[str, str, tuple[int, ...]]:
    """The name, the datatype and the shape of a tensor."""
    name = _of(str, tensor.get("name"), f"{place}/name", "a string")
    datatype = _of(str, tensor.get("datatype"), f"{place}/datatype", "a string")
    if datatype not in DATATYPES:
        _refuse(f"{place}/datatype", f"one of {', '.join(DATATYPES)}", f"{datatype!r:.40}")
    shape = _of(list, tensor.get("shape"), f"{place}/shape", "a list of whole numbers")
    sizes = [_of(int, size, f"{place}/shape", "whole numbers") for size in shape]
    if not 1 <= len(sizes) <= MOST_DIMENSIONS or not all(
        0 <= n <= LONGEST_DIMENSION for n in sizes
    ):
        _refuse(
            f"{place}/shape",
            f"1 to {MOST_DIMENSIONS} numbers of 0 or more",
            f"{sizes[: MOST_DIMENSIONS + 1]!r:.80}",
        )
    return name, datatype, tuple(sizes)


def _wanted(outputs: list[Any], signature: Signature, binary: bool) -> Iterator[Wanted]:
    known, seen = [tensor.name for tensor in signature.outputs], set[str]()
    for number, each in enumerate(outputs):
        place = f"/outputs/{number}"
        output = _of(dict, each, place, "an object")
        name = _of(str, output.get("name"), f"{place}/name", "a string")
        if name not in known:
            _refuse(f"{place}/name", f"one of {', '.join(known)}", f"{name!r:.80}")
        if name in seen:
            _refuse(f"{place}/name", "each output once", f"{name} twice")
        seen.add(name)
        parameters = _parameters(output, place)
        if parameters.get("classification"):
            _refuse(f"{place}/parameters/classification", "no classification", "one")
        own = _optional(bool, parameters, "binary_data", f"{place}/parameters")
        yield Wanted(name, binary if own is None else own)


def _parameters(owner: Json, place: str) -> Json:
    found = _optional(dict, owner, "parameters", place) or {}
    if SHARED in found:
        _refuse(f"{place}/parameters/{SHARED}", "tensors in the request and its answer", SHARED)
    return found


def _optional(kind: type[T], owner: Json, name: str, place: str) -> T | None:
    found = owner.get(name)
    return (
        None if found is None else _of(kind, found, f"{place}/{name}", KINDS.get(kind, "an object"))
    )


def _of(kind: type[T], found: Any, place: str, expected: str) -> T:
    if type(found) is not kind:  # true is an int to Python
        _refuse(place, expected, "nothing" if found is None else f"{found!r:.40}")
    return found


def _refuse(place: str, expected: str, came: str) -> NoReturn:
    raise InvalidParameter(f"Expected {expected} in {place or 'the body'}, got {came}.", place)
