"""Trainings from which rows are held out, before the one on all rows."""

import gc
import weakref
from typing import Any

import numpy as np
import pytest

from tests.worker.training.test_fit import ID, pictures
from tests.worker.training.test_resume import rows
from tests.worker.training.watching import RecordingWatcher
from worker.data.dataset import Dataset
from worker.errors import InvalidParameter
from worker.nn.arrays import Array
from worker.spec import JobSpec
from worker.training import build
from worker.training.cross_validation import seed_of
from worker.training.fit import Trained, fitted, train
from worker.training.problem import Problem

PLAIN = {
    "network": {"hidden_units": [4], "dropout": 0.2}, "augmentation": {"flip": True},
    "epochs": 2, "batch_size": 8,
}  # fmt: skip


def spec_of(**fields: Any) -> JobSpec:
    return JobSpec.model_validate({"dataset": ID, **PLAIN, **fields})


def with_validation() -> Dataset:
    dataset = pictures(rows=24)
    dataset.splits["validation"] = pictures(rows=8, seed=1).train
    return dataset


def answers(trained: Trained) -> dict[str, Array]:
    assert trained.held_out is not None
    return trained.held_out.tensors()


def same(one: dict[str, Array], other: dict[str, Array]) -> bool:
    return one.keys() == other.keys() and all(
        one[name].tobytes() == other[name].tobytes() for name in one
    )


def test_a_fold_may_have_no_rows_to_validate() -> None:
    dataset = pictures(rows=24)
    dataset.splits["validation"] = pictures(rows=3, seed=1).train
    found = train(spec_of(folds=5), dataset, RecordingWatcher()).result["cross_validation"]
    assert found["rows"] == 27
    assert sorted(each["rows"] for each in found["each"]) == [5, 5, 5, 6, 6]


def test_the_network_of_a_fold_is_gone_before_the_next_one_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    networks: list[Any] = []

    def looked(*asked: Any) -> Any:
        gc.collect()
        assert [network() for network in networks] == [None] * len(networks)
        made = fitted(*asked)
        networks.append(weakref.ref(made.served))
        return made

    monkeypatch.setattr("worker.training.fit.fitted", looked)
    train(spec_of(folds=3), pictures(rows=24), RecordingWatcher())
    assert len(networks) == 4


@pytest.mark.parametrize("own", [False, True])
def test_the_last_training_is_that_of_a_job_without_folds(own: bool) -> None:
    dataset = with_validation() if own else pictures(rows=24)
    watched = {"validation_fraction": 0.2, "early_stopping": {"patience": 1}}
    plain = train(spec_of(**watched), dataset, RecordingWatcher())
    folded = train(spec_of(folds=2, **watched), dataset, RecordingWatcher())
    assert same(folded.tensors, plain.tensors)
    assert same(folded.unfolded, plain.unfolded)
    assert folded.chain is not None and plain.chain is not None
    assert folded.chain.links == plain.chain.links
    found = {**folded.result}
    assert found.pop("cross_validation")["rows"] == (32 if own else 24)
    assert found == plain.result
    assert plain.held_out is None


@pytest.mark.usefixtures("one_by_one")
def test_a_job_cut_at_any_step_ends_in_the_same_bytes() -> None:
    dataset, spec = with_validation(), spec_of(folds=2, repeats=2)
    whole = RecordingWatcher(keep=lambda step: True)
    trained = train(spec, dataset, whole)
    seen = [(turn.repeat, turn.fold) for turn in whole.turns]
    assert seen == [(1, 1), (1, 2), (2, 1), (2, 2), (None, None)]
    for step in range(1, len(whole.checkpoints) + 1, 3):
        rest = RecordingWatcher()
        again = train(spec, dataset, rest, checkpoint=whole.checkpoints[step])
        assert same(again.tensors, trained.tensors), f"cut after step {step}"
        assert same(answers(again), answers(trained)), f"cut after step {step}"
        assert again.result == trained.result, f"cut after step {step}"
        assert rows(rest.epochs) == rows(whole.epochs)[len(whole.epochs) - len(rest.epochs) :]


def test_each_row_is_asked_about_by_the_network_that_has_not_learned_from_it() -> None:
    dataset = with_validation()
    found = answers(train(spec_of(folds=3, seed=5), dataset, RecordingWatcher()))
    held = (found["fold"][0] == 2)[:24]
    others = dataset.only({"train": ~held, "validation": found["fold"][0, 24:] != 2})
    # By hand: the same spec with the seed of the fold, on the other rows, tested on those.
    others.splits["test"] = dataset.train.only(held)
    seed = seed_of(5, 1, 2)
    alone = train(spec_of(seed=seed), others, RecordingWatcher())
    mine = alone.answers["test"]
    assert (found["said"][0, :24][held] == mine.said).all()
    assert (found["sure"][0, :24][held] == mine.sure.astype("float32")).all()
    assert (found["given"][0, :24][held] == mine.given.astype("float32")).all()
    assert (found["label"][:24] == dataset.train.y).all()


def test_every_fold_and_repeat_has_chances_of_its_own() -> None:
    seeds = {seed_of(1, repeat, fold) for repeat in range(1, 4) for fold in range(1, 6)}
    assert len(seeds | {1, seed_of(2, 1, 1)}) == 17
    found = answers(train(spec_of(folds=2, repeats=2), pictures(rows=24), RecordingWatcher()))
    assert (found["fold"][0] != found["fold"][1]).any()


def test_what_came_of_folds_adds_up() -> None:
    trained = train(spec_of(folds=3, repeats=2), pictures(rows=25), RecordingWatcher())
    found, kept = trained.result["cross_validation"], answers(trained)
    right = kept["said"] == kept["label"]
    assert found["accuracy"] == pytest.approx(right.mean())
    low, high = found["accuracy_interval"]
    assert low <= found["accuracy"] <= high
    assert [(each["repeat"], each["fold"]) for each in found["each"]] == [
        (repeat, fold) for repeat in (1, 2) for fold in (1, 2, 3)
    ]
    for each in found["each"]:
        mine = kept["fold"][each["repeat"] - 1] == each["fold"]
        assert each["rows"] == mine.sum()
        assert each["accuracy"] == right[each["repeat"] - 1, mine].mean()
        cost = -np.log(kept["given"][each["repeat"] - 1, mine]).mean()
        assert each["loss"] == pytest.approx(cost, rel=1e-5)
    assert found["accuracy_deviation"] == pytest.approx(
        np.std([each["accuracy"] for each in found["each"]], ddof=1)
    )
    assert found["loss"] == pytest.approx(-np.log(kept["given"]).mean(), rel=1e-5)


def test_only_the_first_training_checks_its_gradients() -> None:
    proofs = []

    class Watcher(RecordingWatcher):
        def after_gradient_check(self, proof: Any) -> None:
            proofs.append(len(self.turns))

    train(spec_of(folds=2, epochs=1), pictures(rows=24), Watcher(), check_gradients=True)
    assert proofs == [1]


def test_more_folds_than_different_rows_of_a_class_end_the_job() -> None:
    with pytest.raises(InvalidParameter, match="13 different training rows"):
        train(spec_of(folds=13), pictures(rows=24), RecordingWatcher())


def test_who_reads_a_plan_knows_the_folds() -> None:
    plan = build.plan(spec_of(folds=4, repeats=3), Problem.of_dataset(pictures()))
    assert plan.folds is not None
    assert plan.folds.trainings == 12
    other = plan.with_seed(9)
    assert (other.seed, other.network.seed, other.batches.seed) == (9, 9, 9)
