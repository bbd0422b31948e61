"""How long a model takes to be made and measured, told by some of its rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.worker.training.test_fit import pictures
from tests.worker.training.test_trial_steps import fit_of
from worker.data.dataset import Split
from worker.training import trial_answers
from worker.training.trial_answers import for_all, measuring_s, spread


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Callable[[int], None]]:
    """Makes work that takes as long as it says."""
    now = [0.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])

    def work(each: float, beside: float, done: list[int]) -> Callable[[int], None]:
        def some(rows: int) -> None:
            now[0] += beside + each * rows
            done.append(rows)

        return some

    return work


@pytest.mark.parametrize("rows", [3, 10, 40, 100_000])
def test_what_all_rows_take_is_told_by_some(clock: Any, rows: int) -> None:
    done: list[int] = []
    found = for_all(clock(0.001, 0.004, done), rows, few=10)
    assert found == pytest.approx(0.004 + 0.001 * rows)
    assert max(done) <= 107


def test_rows_that_are_slow_are_few(clock: Any) -> None:
    done: list[int] = []
    assert for_all(clock(1.0, 0.0, done), 1_000, few=4) == pytest.approx(1_000)
    assert done == [4, 4]


def test_a_share_of_a_split_is_from_all_over_it() -> None:
    whole = Split(np.arange(100), np.arange(50) % 2, np.arange(50, 100))
    assert spread(whole, 0.1).index.tolist() == [50, 62, 74, 86, 99]
    assert len(spread(whole, 0.001)) == 2
    assert len(spread(whole.first(1), 1.0)) == 1
    assert len(spread(whole.first(0), 0.5)) == 0


@pytest.mark.parametrize("network", [{"hidden_units": [6]}, {"kind": "convolutional"}])
def test_a_network_that_has_hardly_learned_is_measured(network: dict[str, Any]) -> None:
    if "kind" in network:
        network["blocks"] = [{"filters": 3}]
    dataset = pictures()
    _, fit = fit_of(dataset, network=network, validation_fraction=0.2)
    made = fit.plan.network.start("float32")
    assert 0 < measuring_s(fit, made, dataset, 0.05) < 20


def test_mirrored_rows_are_no_rows_of_their_own() -> None:
    _, fit = fit_of(pictures())
    assert trial_answers.unmirrored(fit) is fit.rows
