"""A training that starts from a model: what it takes, and what it draws."""

from dataclasses import replace

import pytest

from tests.worker.training.starting import (
    DATA,
    FROZEN,
    NETWORKS,
    OTHER,
    PRECISIONS,
    changed,
    later,
    of_layers,
    origin_of,
    plan_of,
    spec,
)
from tests.worker.training.test_resume import rows, same
from tests.worker.training.watching import RecordingWatcher
from worker.errors import InvalidParameter
from worker.jsontypes import Json
from worker.training.fit import train
from worker.training.origin import Origin, started, starting_from


@pytest.mark.parametrize("precision", PRECISIONS)
def test_weights_come_back_in_the_very_bytes_that_were_trained(kind: str, precision: str) -> None:
    job = spec(NETWORKS[kind], precision=precision)
    before = origin_of(job)
    network = started(plan_of(later(NETWORKS[kind], precision=precision)).network, before)
    made = network.start(precision)
    names = (*network.names, *network.running_names)
    for name, array in zip(names, made.arrays, strict=True):
        assert array.dtype == precision
        assert array.tobytes() == before.arrays[name].tobytes(), name
    assert {row["weights"] for row in network.summary()} == {"taken", None}


def test_a_network_that_learns_nothing_more_stays_its_model(kind: str, origin: Origin) -> None:
    still = {"optimizer": {"kind": "sgd", "learning_rate": 1e-30}, "average_weights": None}
    job = later(NETWORKS[kind], regularization={}, epochs=1, freeze=FROZEN[kind], **still)
    after = train(job, DATA, RecordingWatcher(), origin=origin)
    # A normalization that is not frozen goes on counting.
    learning = {*range(FROZEN[kind] + 1, 20)}
    assert changed(origin, after) <= {
        name
        for name in of_layers(origin.network, learning)
        if name.startswith(("mean", "variance"))
    }


def test_another_number_of_classes_draws_the_last_layer(kind: str, origin: Origin) -> None:
    cold = plan_of(spec(NETWORKS[kind], seed=5), OTHER).network
    network = started(plan_of(later(NETWORKS[kind]), OTHER).network, origin)
    last = max(row["number"] for row in network.summary() if row["number"])
    weights = {row["number"]: row["weights"] for row in network.summary() if row["number"]}
    assert weights == {**dict.fromkeys(range(1, last), "taken"), last: "drawn"}
    names = [*network.names, *network.running_names]
    drawn = dict(zip(names, cold.start("float32").arrays, strict=True))
    for name, array in zip(names, network.start("float32").arrays, strict=True):
        from_where = drawn if name in of_layers(network, {last}) else origin.arrays
        assert array.tobytes() == from_where[name].tobytes(), name


def test_a_network_whose_first_layer_is_drawn_has_the_normalization_of_its_own_rows() -> None:
    before = origin_of(spec({"hidden_units": [5, 6, 4]}))
    job = later({"hidden_units": [7, 6, 4]})
    after = train(job, OTHER, RecordingWatcher(), origin=before)
    cold = train(spec({"hidden_units": [7, 6, 4]}, seed=5), OTHER, RecordingWatcher())
    for part in ("shift", "factor"):
        assert after.unfolded[part].tobytes() == cold.unfolded[part].tobytes()
        assert after.unfolded[part].tobytes() != before.arrays[part].tobytes()


@pytest.mark.usefixtures("one_by_one")
@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_run_cut_at_any_step_ends_in_the_same_bytes(
    kind: str, origin: Origin, precision: str
) -> None:
    job = later(NETWORKS[kind], freeze=FROZEN[kind], precision=precision)
    whole = RecordingWatcher(keep=lambda step: True)
    ended = train(job, DATA, whole, origin=origin)
    steps = len(whole.checkpoints) // len(whole.epochs)
    for step in (1, steps, steps + 2, len(whole.checkpoints) - 1):
        rest = RecordingWatcher()
        again = train(job, DATA, rest, origin=origin, checkpoint=whole.checkpoints[step])
        assert same(again, ended), f"cut after step {step}"
        assert all(
            again.unfolded[name].tobytes() == array.tobytes()
            for name, array in ended.unfolded.items()
        )
        assert rows(whole.epochs)[step // steps :] == rows(rest.epochs), f"cut after step {step}"


def pointed(network: Json, *, freeze: int = 0, model: Json = NETWORKS["dense"]) -> str:
    """The place at which a network that starts from another is refused."""
    theirs = plan_of(spec(model)).network
    with pytest.raises(InvalidParameter) as caught:
        starting_from(replace(plan_of(spec(network)).network, frozen=freeze), theirs)
    return caught.value.pointer


@pytest.mark.parametrize(
    ("network", "freeze", "place"),
    [
        ({"hidden_units": [5]}, 0, "/start_from"),
        (NETWORKS["convolutional"], 0, "/start_from"),
        ({"hidden_units": [6, 4]}, 3, "/freeze"),
        ({"hidden_units": [6, 5]}, 2, "/freeze"),
        ({"hidden_units": [6, 4]}, 256, "/freeze"),
    ],
)
def test_what_cannot_start_so_is_refused(network: Json, freeze: int, place: str) -> None:
    assert pointed(network, freeze=freeze) == place


def test_a_layer_of_the_same_number_and_other_kind_is_drawn() -> None:
    model: Json = {"kind": "layers", "layers": [
        {"kind": "flatten"}, {"kind": "dense", "units": 6}, {"kind": "batch_norm"},
    ]}  # fmt: skip
    theirs = plan_of(spec(model)).network
    own = starting_from(plan_of(spec({"hidden_units": [6, 6]})).network, theirs)
    assert own.taken == {1, 3}
