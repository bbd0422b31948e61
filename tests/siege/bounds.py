"""What must hold while the service is attacked and afterwards, and the judge of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from worker.jsontypes import Json

MIB = 2**20
GIB = 2**30


@dataclass(frozen=True)
class Bounds:
    """Such as a hang or a leak breaks by far; what a busy machine does to them is small.

    Attributes:
        livez_s: seconds in which `/livez` and `/readyz` answer, all the time.
        turned_away: how often either may end otherwise than in 200, as at a full door.
        ready: whether `/readyz` must say 200 all the time.
        predictions: what the second client's predictions may be answered with; none: not asked.
        predict_s: seconds in which they are answered.
        growth_bytes: of the API's memory, and `body_factor` times what is sent comes on top.
        descriptors_left: files that may still be open; each thread may keep a connection to Redis.
        left_bytes: of that which may still be held when all is over.
        service_bytes: memory of all processes together, on a machine of 4 GiB.
        refusals: the codes of 5xx that are the documented answer here.
        log_bytes: that a request may write into all logs, on the average.
        free_bytes: of the disk that must be left all the time.
    """

    livez_s: float = 10.0
    turned_away: int = 0
    ready: bool = True
    predictions: frozenset[str] = frozenset({"200"})
    predict_s: float = 20.0
    growth_bytes: int = 64 * MIB
    body_factor: int = 4
    left_bytes: int = 48 * MIB
    service_bytes: int = 3 * GIB
    refusals: frozenset[str] = frozenset()
    log_bytes: int = 1024
    descriptors_left: int = 64
    free_bytes: int = 32 * MIB


@dataclass(frozen=True)
class Measures:
    """What was seen of an attack.

    Attributes:
        sent_bytes: of all bodies that were under way at a time.
        grown_bytes, left_bytes: by which the API's own memory was above the start at its most, and
            when all was over.
        descriptors_left: files that it has open more than at the start.
        faults: the answers of 5xx, by code.
        replaced: the processes that ended, or were not there any more.
        log_bytes, requests: written to all logs, and asked, by the attacker and the onlooker.
        seen: what the onlooker says.
        complaints: what the attack itself found.
        figures: what it measured.
    """

    seconds: float
    sent_bytes: int
    grown_bytes: int
    left_bytes: int
    descriptors_left: int
    faults: dict[str, int]
    replaced: list[str]
    log_bytes: int
    requests: int
    seen: Json
    complaints: list[str] = field(default_factory=list)
    figures: Json = field(default_factory=dict)


# Beside what requests write: what the service says of itself, such as a decoder that it has ended.
LOG_SLACK_BYTES = 64 * 1024


def breaches(found: Measures, bounds: Bounds) -> list[str]:
    """A sentence for each bound that was broken."""
    return [*found.complaints, *_of_memory(found, bounds), *_of_answers(found, bounds),
            *_of_traces(found, bounds)]  # fmt: skip


def _of_memory(found: Measures, bounds: Bounds) -> Iterator[str]:
    most = bounds.growth_bytes + bounds.body_factor * found.sent_bytes
    if found.grown_bytes > most:
        yield f"the API's memory grew by {mib(found.grown_bytes)} MiB; bound {mib(most)}"
    if found.left_bytes > bounds.left_bytes:
        yield f"{mib(found.left_bytes)} MiB stayed with the API; bound {mib(bounds.left_bytes)}"
    if (whole := found.seen["most"].get("service_bytes", 0)) > bounds.service_bytes:
        yield f"all processes held {mib(whole)} MiB; bound {mib(bounds.service_bytes)}"


def _of_answers(found: Measures, bounds: Bounds) -> Iterator[str]:
    answers = found.seen["answers"]
    for name in ("livez", "readyz", "predict"):
        if one := answers.get(name):
            yield from _of_one(name, one, bounds)
    if strange := {code: n for code, n in found.faults.items() if code not in bounds.refusals}:
        yield f"answers of 5xx that are none of the documented refusals: {strange}"


def _of_one(name: str, one: Json, bounds: Bounds) -> Iterator[str]:
    allowed = {
        "livez": {"200"},
        "readyz": {"200"} if bounds.ready else {"200", "503"},
        "predict": bounds.predictions,
    }[name]
    strange = {status: n for status, n in one["statuses"].items() if status not in allowed}
    if sum(strange.values()) > (0 if name == "predict" else bounds.turned_away):
        yield f"/{name} was answered by {strange} beside {sorted(allowed)}"
    most = bounds.predict_s if name == "predict" else bounds.livez_s
    if one["longest_s"] > most:
        yield f"/{name} took {one['longest_s']:.1f} s; bound {most:g}"


def _of_traces(found: Measures, bounds: Bounds) -> Iterator[str]:
    if found.replaced:
        yield f"processes ended: {', '.join(found.replaced)}"
    if found.descriptors_left > bounds.descriptors_left:
        yield f"{found.descriptors_left} descriptors of the API stayed open"
    if (free := found.seen["least_free_bytes"]) < bounds.free_bytes:
        yield f"{mib(free)} MiB of the disk were left; bound {mib(bounds.free_bytes)}"
    if found.log_bytes > bounds.log_bytes * found.requests + LOG_SLACK_BYTES:
        each = found.log_bytes / max(1, found.requests)
        yield f"{each:.0f} bytes of log for each of {found.requests:,} requests"


def mib(size: int) -> int:
    return round(size / MIB)
