"""A chain tells two trainings apart, and is the same however one came to its end."""

from typing import Any

import numpy as np
import pytest

from tests.worker.training.starting import DATA, NETWORKS, spec
from tests.worker.training.test_fit import ID, pictures
from tests.worker.training.watching import RecordingWatcher
from worker.errors import Stopped
from worker.spec import JobSpec
from worker.training import build
from worker.training.chain import MOST_LINKS, Again, Chain, Difference, Link, new_chain
from worker.training.fit import Trained, train
from worker.training.problem import Problem

FEW = pictures(rows=62)


def trained(job: JobSpec, watcher: RecordingWatcher | None = None, **how: Any) -> Trained:
    how.setdefault("again", Again(1, None))
    return train(job, FEW, watcher or RecordingWatcher(), **how)


def chain_of(run: Trained) -> Chain:
    assert run.chain is not None
    return run.chain


def small(**fields: Any) -> JobSpec:
    whole = {"network": {"hidden_units": [6], "dropout": 0.2}, "batch_size": 5, "epochs": 6}
    return JobSpec.model_validate({"dataset": ID, **whole, **fields})


def stopping_after(steps: int) -> RecordingWatcher:
    left = iter(range(steps))

    def stop() -> None:
        if next(left, None) is None:
            raise Stopped("Enough.")

    return RecordingWatcher(stop=stop)


@pytest.mark.parametrize("kind", NETWORKS)
def test_it_is_the_same_with_any_number_of_threads(kind: str) -> None:
    runs = (train(spec(NETWORKS[kind]), DATA, RecordingWatcher(), threads=n) for n in (1, 2, 3))
    first, *others = (chain_of(run).as_dict() for run in runs)
    assert others == [first, first]


@pytest.mark.usefixtures("one_by_one")
@pytest.mark.parametrize("cut", [1, 12, 13, 40, 77, 78])
def test_a_run_that_was_cut_has_the_same_one(cut: int) -> None:
    watcher = RecordingWatcher(keep=lambda step: step == cut)
    whole = trained(small(), watcher)
    again = trained(small(), checkpoint=watcher.checkpoints[cut])
    assert chain_of(again).as_dict() == chain_of(whole).as_dict()


@pytest.mark.parametrize(("after", "end"), [(1, (0, 1)), (13, (1, 0)), (30, (2, 4)), (999, (6, 0))])
@pytest.mark.parametrize("fields", [{}, {"average_weights": 0.9}, {"batch_size": 5, "seed": 7}])
def test_a_training_that_was_stopped_anywhere_is_done_again_up_to_there(
    after: int, end: tuple[int, int], fields: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("worker.training.loop.AT_ONCE_S", 0.0)
        stopped = trained(small(**fields), stopping_after(after))
    assert chain_of(stopped).links[-1][:2] == end
    again = trained(small(**fields), again=Again(1, end))
    assert chain_of(again).parts_from(chain_of(stopped)) is None
    assert all((again.tensors[n] == stopped.tensors[n]).all() for n in stopped.tensors)


def test_early_stopping_ends_both_at_the_same_epoch() -> None:
    watched = {"validation_fraction": 0.3, "early_stopping": {"patience": 1, "min_delta": 0.05}}
    job = small(epochs=60, **watched)
    first = trained(job)
    end = chain_of(first).links[-1][:2]
    assert first.ended_by == "early_stopping"
    again = trained(job, again=Again(1, end))
    assert chain_of(again).as_dict() == chain_of(first).as_dict()
    assert all((again.tensors[n] == first.tensors[n]).all() for n in first.tensors)


def test_a_checkpoint_of_an_older_release_has_none_and_its_run_neither() -> None:
    watcher = RecordingWatcher(keep=lambda step: True)
    trained(small(), watcher)
    checkpoint = watcher.checkpoints[3]
    del checkpoint.about["chain"]
    assert trained(small(), checkpoint=checkpoint).chain is None


# Where two part


def test_what_is_otherwise_from_an_epoch_on_is_told_by_that_epoch() -> None:
    chains = (
        chain_of(trained(small(schedule={"kind": "step", "every": 4, "gamma": gamma})))
        for gamma in (0.5, 0.25)
    )
    assert next(chains).parts_from(next(chains)) == Difference(5, 4)


@pytest.mark.parametrize("fields", [{"seed": 2}, {"precision": "float64"}])
def test_another_start_is_told_by_the_first_epoch(fields: dict[str, Any]) -> None:
    ours, theirs = (chain_of(trained(small(**more))) for more in ({}, fields))
    assert ours.parts_from(theirs) == Difference(1, 0)


def test_each_link_stands_for_those_before_it() -> None:
    ours, theirs = Chain(1), Chain(1)
    ours.after_epoch(1, [np.ones(3)])
    theirs.after_epoch(1, [np.zeros(3)])
    for chain in (ours, theirs):
        chain.after_epoch(2, [np.full(3, 7.0)])
    assert ours.links[1] != theirs.links[1]


def test_one_number_of_a_weight_is_enough_and_where_it_lies_makes_no_difference() -> None:
    near = np.random.default_rng(1).normal(size=(300, 20)).astype("float32")
    apart = np.zeros((300, 32), "float32")
    apart[:, :20] = near
    other = near.copy()
    other[299, 19] = np.nextafter(other[299, 19], np.float32(9))
    digests = []
    for each in (near, apart[:, :20], other):
        chain = Chain(1)
        chain.close(1, 0, [each])
        digests.append(chain.links[0].digest)
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(
    ("ours", "theirs", "where"),
    [
        ([(1, 0, "a"), (10, 0, "b")], [(1, 0, "a"), (10, 0, "b")], None),
        ([(1, 0, "a"), (10, 0, "c")], [(1, 0, "a"), (10, 0, "b")], (10, 1)),
        ([(1, 0, "a"), (7, 0, "c")], [(1, 0, "a"), (10, 0, "b")], (7, 1)),
        ([(1, 0, "a")], [(1, 0, "a"), (10, 0, "b")], (10, 1)),
        ([(1, 0, "a"), (4, 3, "c")], [(1, 0, "a"), (4, 3, "b")], (5, 1)),
    ],
)
def test_between_two_links_only_the_bounds_are_known(ours: Any, theirs: Any, where: Any) -> None:
    first, second = (Chain(10, (Link(*link) for link in links)) for links in (ours, theirs))
    assert first.parts_from(second) == where


# How often


def stride(rows: int, shape: tuple[int, ...], **fields: Any) -> int:
    job = JobSpec.model_validate({"dataset": ID, **fields})
    plan = build.plan(job, Problem(shape, 2, {"train": rows}))
    return new_chain(plan, rows, np.zeros(1)).stride


CONVOLUTIONAL = {"kind": "convolutional", "blocks": [{"filters": 8}, {"filters": 16}]}


@pytest.mark.parametrize(
    ("rows", "shape", "network", "every"),
    [
        (209, (64, 64, 3), {"hidden_units": [20, 7, 5]}, 10),
        (20, (64, 64, 3), {"hidden_units": [20, 7, 5]}, 99),
        (60_000, (28, 28, 1), {"hidden_units": [512, 512]}, 1),
        (209, (64, 64, 3), CONVOLUTIONAL, 1),
    ],
)
def test_the_shorter_an_epoch_the_rarer_the_digests(
    rows: int, shape: tuple[int, ...], network: Any, every: int
) -> None:
    assert stride(rows, shape, network=network) == every


def test_a_very_long_training_has_no_more_than_fit_beside_a_model() -> None:
    assert stride(60_000, (28, 28, 1), epochs=1_000_000) == 1_000_000 // MOST_LINKS
    chain = Chain(3)
    for epoch in range(1, 11):
        chain.after_epoch(epoch, [np.zeros(1)])
    chain.close(10, 2, [np.zeros(1)])
    assert [link[:2] for link in chain.links] == [(1, 0), (3, 0), (6, 0), (9, 0), (10, 2)]
