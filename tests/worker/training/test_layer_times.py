"""Each layer's share of a step's time."""

from typing import Any

import numpy as np
import pytest

from tests.worker.training.test_fit import ID, pictures, plan_of
from tests.worker.training.watching import RecordingWatcher
from worker.nn.engines.cpu.engine import CpuEngine
from worker.spec import JobSpec
from worker.training.fit import train
from worker.training.layer_times import MOST_STEPS, seconds, time_shares

KINDS: list[dict[str, Any]] = [
    {"kind": "dense", "hidden_units": [4_000, 2]},
    {"kind": "convolutional", "blocks": [{"filters": 16, "convolutions": 2}, {"filters": 1}]},
]


def shares_of(network: dict[str, Any]) -> dict[str, list[float]]:
    """By the layers' kind."""
    plan = plan_of(pictures(), network=network)
    found: dict[str, list[float]] = {}
    made = plan.network.start(plan.dtype)
    before = [array.copy() for array in made.arrays]
    shares = time_shares(plan, made, CpuEngine(plan.dtype, threads=1))
    assert all(np.array_equal(*pair) for pair in zip(before, made.arrays, strict=True))
    for layer, share in zip(plan.network.layers, shares, strict=True):
        found.setdefault(layer.kind, []).append(share)
    return found


@pytest.mark.parametrize("network", KINDS, ids=lambda network: str(network["kind"]))
def test_every_layer_has_a_share_of_the_whole(network: dict[str, Any]) -> None:
    shares = [share for of_kind in shares_of(network).values() for share in of_kind]
    assert sum(shares) == pytest.approx(1)
    assert min(shares) >= 0


def test_layers_share_the_time_as_they_take_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.training.layer_times.seconds", lambda program: program.work)
    first, _, last = shares_of(KINDS[0])["dense"]
    assert first > last
    _, second, last = shares_of(KINDS[1])["convolution"]
    assert second > last


def test_layers_that_take_no_time_share_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.training.layer_times.seconds", lambda program: 1e-6)
    shares = [share for of_kind in shares_of(KINDS[0]).values() for share in of_kind]
    assert shares == [pytest.approx(1 / len(shares))] * len(shares)


def test_steps_that_take_no_time_are_not_taken_for_ever() -> None:
    counts: list[int] = []

    class Nothing:
        rows = 1

        def run(self, rows: object, first: int, numbers: Any) -> None:
            counts.append(len(numbers))

    assert seconds(Nothing()) < 1e-3
    assert max(counts) == MOST_STEPS


def test_a_job_is_told_once_and_learns_the_same() -> None:
    spec, watchers = JobSpec(dataset=ID, epochs=2), (RecordingWatcher(), RecordingWatcher())
    timed, untimed = (
        train(spec, pictures(), watcher, check_gradients=check).tensors
        for watcher, check in zip(watchers, (True, False), strict=True)
    )
    assert watchers[0].shares is not None
    assert watchers[1].shares is None
    assert all((timed[name] == untimed[name]).all() for name in timed)
