"""Each bound lets a sound attack pass and notices its own breach."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import fields, replace
from typing import Any

import pytest

from tests.siege.attack import ATTACKS
from tests.siege.bounds import GIB, LOG_SLACK_BYTES, MIB, Bounds, Measures, breaches

BOUNDS = Bounds()


def answers(longest_s: float = 0.1, **statuses: int) -> dict[str, Any]:
    return {"asked": 10, "statuses": statuses or {"200": 10}, "longest_s": longest_s}


SOUND = Measures(
    seconds=1.0,
    sent_bytes=MIB,
    grown_bytes=BOUNDS.growth_bytes + BOUNDS.body_factor * MIB,
    left_bytes=BOUNDS.left_bytes,
    descriptors_left=BOUNDS.descriptors_left,
    faults={},
    replaced=[],
    log_bytes=BOUNDS.log_bytes * 10 + LOG_SLACK_BYTES,
    requests=10,
    seen={
        "answers": {name: answers() for name in ("livez", "readyz", "predict")},
        "most": {"service_bytes": BOUNDS.service_bytes},
        "least_free_bytes": BOUNDS.free_bytes,
    },
)


def saw(what: str, name: str, value: object) -> Callable[[Measures], Measures]:
    """The same attack, in which the onlooker saw something else."""

    def change(found: Measures) -> Measures:
        seen = deepcopy(found.seen)
        seen[what][name] = value
        return replace(found, seen=seen)

    return change


def but(**values: Any) -> Callable[[Measures], Measures]:
    return lambda found: replace(found, **values)


BREACHES: dict[str, tuple[Callable[[Measures], Measures], str]] = {
    "the attack's own": (but(complaints=["it was not so"]), "it was not so"),
    "growth": (but(grown_bytes=SOUND.grown_bytes + MIB), "memory grew by 69 MiB; bound 68"),
    "what stays": (but(left_bytes=SOUND.left_bytes + MIB), "49 MiB stayed"),
    "all memory": (saw("most", "service_bytes", 4 * GIB), "all processes held 4096 MiB"),
    "health": (saw("answers", "livez", answers(longest_s=72.0)), "/livez took 72.0 s"),
    "no health": (saw("answers", "livez", answers(TimeoutError=1)), "/livez was answered by"),
    "readiness": (saw("answers", "readyz", answers(**{"503": 1})), "/readyz was answered by"),
    "others": (saw("answers", "predict", answers(**{"429": 1})), "/predict was answered by"),
    "a fault": (but(faults={"internal_error": 1}), "none of the documented refusals"),
    "an end": (but(replaced=["api-1"]), "processes ended: api-1"),
    "descriptors": (but(descriptors_left=900), "900 descriptors"),
    "logs": (but(log_bytes=17 * MIB), "bytes of log for each"),
    "a full disk": (
        lambda found: replace(found, seen={**found.seen, "least_free_bytes": 0}),
        "0 MiB of the disk were left",
    ),
}


def test_what_is_within_all_bounds_is_sound() -> None:
    assert not breaches(SOUND, BOUNDS)


@pytest.mark.parametrize("what", BREACHES)
def test_a_breach_is_noticed_and_nothing_else(what: str) -> None:
    change, words = BREACHES[what]
    (found,) = breaches(change(SOUND), BOUNDS)
    assert words in found


def test_a_documented_refusal_is_no_fault() -> None:
    found = replace(SOUND, faults={"too_many_connections": 9})
    assert not breaches(found, replace(BOUNDS, refusals=frozenset({"too_many_connections"})))


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_is_free_of_bounds(attack: str) -> None:
    bounds = ATTACKS[attack].bounds
    wide = {field.name for field in fields(Bounds) if field.name.endswith(("_bytes", "_s"))}
    assert all(getattr(bounds, name) < 4 * GIB for name in wide)
    assert bounds.predictions
