import weakref
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.worker.training.watching import RecordingWatcher
from worker.data.dataset import Dataset, Split
from worker.errors import Cancelled, Diverged, FoldMismatch
from worker.spec import JobSpec
from worker.training import build
from worker.training.fit import Trained, moments, train
from worker.training.loop import Epoch, Run
from worker.training.measures import measured
from worker.training.plan import Plan
from worker.training.problem import Problem
from worker.training.sizes import Sizes

ID = "ds_" + "0" * 32


def pictures(rows: int = 60, classes: int = 2, seed: int = 0) -> Dataset:
    """Small pictures whose class shows in their brightness."""
    rng = np.random.default_rng(seed)
    y = np.arange(rows) % classes
    x = rng.integers(0, 60, (rows, 4, 4, 3)) + (y * 190 // classes)[:, None, None, None]
    whole = Split.whole(x.astype(np.uint8), y)
    test = Split.whole(whole.x[: rows // 3], whole.y[: rows // 3])
    names = [str(k) for k in range(classes)]
    return Dataset(ID, "sha256:0", names, [4, 4, 3], {}, {"train": whole, "test": test})


def plan_of(dataset: Dataset, **fields: Any) -> Plan:
    """Of a job of these fields."""
    spec = JobSpec.model_validate({"dataset": ID, **fields})
    return build.plan(spec, Problem.of_dataset(dataset))


def run(dataset: Dataset, **fields: Any) -> tuple[Trained, list[Epoch]]:
    watcher = RecordingWatcher()
    spec = JobSpec.model_validate({"dataset": ID, "epochs": 20, "batch_size": 16, **fields})
    trained = train(spec, dataset, watcher)
    return trained, watcher.epochs


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("hidden", [[], [8], [8, 6]])
def test_what_can_be_learned_is_learned(classes: int, hidden: list[int]) -> None:
    optimizer = {"kind": "adam", "learning_rate": 0.01}
    network = {"hidden_units": hidden, "activation": "tanh", "initializer": "xavier"}
    trained, epochs = run(
        pictures(classes=classes), optimizer=optimizer, network=network, epochs=60
    )
    assert trained.result["test"]["accuracy"] > 0.9
    assert epochs[-1].loss < epochs[0].loss / 2
    assert len(epochs) == 60


def test_a_seed_gives_the_same_weights_and_metrics() -> None:
    (a, a_epochs), (b, b_epochs) = run(pictures()), run(pictures())
    assert all((a.tensors[name] == b.tensors[name]).all() for name in a.tensors)
    assert [e.loss for e in a_epochs] == [e.loss for e in b_epochs]


def test_another_seed_gives_others() -> None:
    assert run(pictures(), seed=1)[0].result != run(pictures(), seed=2)[0].result


def test_all_rows_in_one_batch_is_one_step_an_epoch() -> None:
    _, epochs = run(pictures(), batch_size="all", epochs=3)
    assert [e.step for e in epochs] == [1, 2, 3]


def test_more_than_all_rows_means_all() -> None:
    everything, _ = run(pictures(), batch_size="all")
    more, _ = run(pictures(), batch_size=1000)
    assert everything.result == more.result


def test_the_last_batch_of_an_epoch_may_be_smaller() -> None:
    _, epochs = run(pictures(rows=50), batch_size=16, epochs=2)
    assert [e.step for e in epochs] == [4, 8]


def test_the_first_loss_of_gradient_descent_is_that_of_the_starting_weights() -> None:
    dataset = pictures()
    plan = plan_of(dataset, batch_size="all", epochs=1)
    _, epochs = run(dataset, batch_size="all", epochs=1)
    normal = plan.normalization(partial(moments, dataset.train, 1), dataset.train.x[0])
    loss, network = plan.loss, plan.network.start("float32")
    Z = network.logits(normal.astype("float32").apply(dataset.train.x))  # noqa: N806
    cost, _ = loss.cost(Z, loss.targets(dataset.train.y, 2, Z), 1)
    assert epochs[0].loss == pytest.approx(float(cost))


@pytest.mark.parametrize("normalization", ["standardize", "center", "scale", "none"])
def test_the_stored_model_takes_raw_rows(normalization: str) -> None:
    dataset = pictures()
    trained, _ = run(dataset, normalization=normalization, precision="float64")
    assert trained.fold_difference < 1e-9
    layers = len(trained.tensors) // 2
    A = dataset.splits["test"].x.reshape(20, 48).astype(float)  # noqa: N806
    for layer in range(1, layers + 1):
        A = A @ trained.tensors[f"W{layer}"] + trained.tensors[f"b{layer}"]  # noqa: N806
        A = np.maximum(A, 0) if layer < layers else A  # noqa: N806
    accuracy = ((A[:, 0] > 0) == dataset.splits["test"].y).mean()
    assert accuracy == trained.result["test"]["accuracy"]


def test_the_precision_is_that_of_the_spec() -> None:
    for precision in ("float32", "float64"):
        trained, _ = run(pictures(), precision=precision, epochs=1)
        assert {str(t.dtype) for t in trained.tensors.values()} == {precision}


def test_the_result_adds_up() -> None:
    trained, _ = run(pictures())
    for split, rows in (("train", 60), ("test", 20)):
        found = trained.result[split]
        counts = np.array(found["confusion"])
        assert counts.sum() == found["rows"] == rows
        assert np.trace(counts) / rows == found["accuracy"]
        low, high = found["accuracy_interval"]
        assert low <= found["accuracy"] <= high


def test_a_dataset_without_test_rows_has_no_test_result() -> None:
    dataset = pictures()
    dataset.splits["test"] = Split.whole(dataset.train.x[:0], dataset.train.y[:0])
    assert run(dataset)[0].result["test"] is None


def test_what_trained_a_network_is_gone_when_it_is_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runs, seen = [], []

    class Watcher(RecordingWatcher):
        def after_step(self, run: Run) -> None:
            runs.append(weakref.ref(run))

    def looking(*args: Any) -> Any:
        seen.append([run() for run in runs])
        return measured(*args)

    monkeypatch.setattr("worker.training.fit.measured", looking)
    train(JobSpec(dataset=ID, epochs=1), pictures(), Watcher(), check_gradients=True)
    assert seen == [[None] * len(runs)]
    assert runs


def test_a_cost_that_runs_away_is_named_with_what_to_try() -> None:
    dataset = pictures()
    x = (dataset.train.x * 1e30).astype("float32")
    dataset.splits["train"] = Split.whole(x, dataset.train.y)
    with pytest.raises(Diverged, match="smaller learning_rate"):
        run(
            dataset,
            network={"hidden_units": []},
            optimizer={"kind": "sgd", "learning_rate": 900},
            normalization="none",
        )


@pytest.mark.usefixtures("one_by_one")
def test_a_run_ends_at_the_step_at_which_it_is_told_to() -> None:
    asked = 0

    def check() -> None:
        nonlocal asked
        asked += 1
        if asked == 6:
            raise Cancelled("enough")

    watcher = RecordingWatcher(stop=check)
    with pytest.raises(Cancelled):
        train(JobSpec(dataset=ID, batch_size=16), pictures(), watcher)
    assert len(watcher.epochs) == 1  # of four steps


def test_a_model_that_would_answer_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.training.model.FOLD_TOLERANCE", 1e-12)  # less than float32 can keep
    with pytest.raises(FoldMismatch, match="float64"):
        run(pictures(), epochs=1)


def test_without_rows_to_watch_nothing_stops_early() -> None:
    dataset = pictures()
    dataset.splits["train"] = Split.whole(dataset.train.x[:2], dataset.train.y[:2])
    watched = {"validation_fraction": 0.5, "early_stopping": {"patience": 1}}
    (trained, epochs), (plain, _) = run(dataset, **watched), run(dataset)
    assert len(epochs) == 20
    assert trained.result["validation"] is None
    assert all((trained.tensors[name] == plain.tensors[name]).all() for name in plain.tensors)


def test_rows_that_a_dataset_has_to_validate_are_watched_and_no_others() -> None:
    dataset, own = pictures(), pictures(rows=10, seed=1).train
    dataset.splits["validation"] = own
    watched = {"validation_fraction": 0.5, "early_stopping": {"patience": 3}}
    (trained, epochs), (fraction, _) = run(dataset), run(dataset, **watched)
    assert trained.result["validation"]["rows"] == 10
    assert trained.result["train"]["rows"] == fraction.result["train"]["rows"] == 60
    assert all(epoch.validation_loss is not None for epoch in epochs)
    (plain, _) = run(pictures())
    assert all((trained.tensors[name] == plain.tensors[name]).all() for name in plain.tensors)
    sizes = Sizes(plan_of(dataset, **watched), threads=1, checked=False)
    assert (sizes.rows, sizes.kept_out, sizes.learned) == (70, 10, 60)


def test_every_layer_has_a_gradient_norm() -> None:
    _, epochs = run(pictures(), network={"hidden_units": [5, 4]})
    assert len(epochs[0].gradient_norms) == 3
    assert_allclose(epochs[0].learning_rate, 0.001)


def test_early_stopping_gives_back_the_weights_of_the_best_epoch() -> None:
    rng = np.random.default_rng(4)
    noise = Split.whole(rng.integers(0, 256, (60, 4, 4, 3), dtype=np.uint8), np.arange(60) % 2)
    dataset = pictures()
    dataset.splits["train"] = noise  # nothing can be learned from it but by heart
    trained, epochs = run(
        dataset,
        epochs=200,
        validation_fraction=0.3,
        early_stopping={"patience": 8},
        optimizer={"kind": "adam", "learning_rate": 0.01},
    )
    watched = [epoch.validation_loss for epoch in epochs]
    best = min(loss for loss in watched if loss is not None)
    assert len(epochs) == watched.index(best) + 1 + 8 < 200
    assert trained.result["validation"]["loss"] == pytest.approx(best, rel=1e-4)


@pytest.mark.parametrize("classes", [2, 3])
def test_the_costs_of_all_rows_have_the_cost_of_the_split_as_their_mean(classes: int) -> None:
    fields = {"validation_fraction": 0.3, "label_smoothing": 0.2, "class_weights": "balanced"}
    trained, _ = run(pictures(classes=classes), epochs=3, **fields)
    for split, answers in trained.answers.items():
        assert answers.costs.mean() == pytest.approx(trained.result[split]["loss"])
