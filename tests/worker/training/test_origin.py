"""A training that starts from a model: what it takes, what it draws, and what stays frozen."""

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tests.worker.training.test_convolutional_training import RELU, layers
from tests.worker.training.test_fit import ID, pictures
from tests.worker.training.test_resume import rows, same
from tests.worker.training.watching import RecordingWatcher
from worker.data.batches import Batches
from worker.data.dataset import Dataset
from worker.doctor.examination import examine
from worker.errors import InvalidParameter
from worker.jsontypes import Json
from worker.nn.arrays import Array
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.engines.cpu.program import Program
from worker.nn.engines.operations import Operation
from worker.spec import JobSpec
from worker.training import build
from worker.training.fit import Trained, normalization_of, train
from worker.training.layer_times import time_shares
from worker.training.memory_of_steps import learning
from worker.training.network_plan import NetworkPlan
from worker.training.origin import Origin, started, starting_from
from worker.training.plan import Plan
from worker.training.problem import Problem
from worker.training.sizes import Sizes
from worker.training.step import Outcome, Steps

NETWORKS: dict[str, Json] = {
    "dense": {"hidden_units": [6, 4], "dropout": 0.3, "activation": "tanh"},
    "convolutional": {
        "kind": "convolutional",
        "blocks": [{"filters": 4}, {"filters": 5, "pool": None}],
        "hidden_units": [6],
        "dropout": 0.2,
    },
    "layers": {"kind": "layers", "layers": layers("flatten")},
}
# The convolution and its normalization; the residual, behind them in "layers".
FROZEN = {"dense": 2, "convolutional": 2, "layers": 3}
PRECISIONS = ("float32", "float64")
DATA = pictures(rows=48, classes=3)
OTHER = pictures(rows=36, classes=4, seed=7)  # of another size and another brightness


def spec(network: Json, **fields: Any) -> JobSpec:
    """With everything on that moves weights."""
    return JobSpec.model_validate(
        {
            "dataset": ID,
            "network": network,
            "optimizer": {"kind": "adamw", "learning_rate": 0.02, "weight_decay": 0.1},
            "regularization": {"l2": 0.01, "clip_norm": 1.0},
            "average_weights": 0.9,
            "validation_fraction": 0.2,
            "early_stopping": {"patience": 1000},
            "batch_size": 7,
            "epochs": 3,
            **fields,
        }
    )


def later(network: Json, **fields: Any) -> JobSpec:
    return spec(network, start_from={"model": "first", "version": 1}, seed=5, **fields)


def plan_of(job: JobSpec, data: Dataset = DATA) -> Plan:
    return build.plan(job, Problem.of_dataset(data))


def origin_of(job: JobSpec) -> Origin:
    """A model that was trained so."""
    return Origin(plan_of(job).network, train(job, DATA, RecordingWatcher()).unfolded)


def changed(before: Origin, after: Trained) -> set[str]:
    """The arrays that are others, of those that both have."""
    pairs = {name: (before.arrays[name], after.unfolded[name]) for name in before.arrays}
    return {name for name, (a, b) in pairs.items() if a.tobytes() != b.tobytes()}


def of_layers(network: NetworkPlan, numbers: set[int]) -> set[str]:
    """The names of the arrays of the layers of these numbers."""
    names = {*network.names, *network.running_names}
    return {name for name in names if int(re.findall(r"\d+", name)[0]) in numbers}


@pytest.fixture(scope="module", params=NETWORKS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def origin(kind: str) -> Origin:
    return origin_of(spec(NETWORKS[kind]))


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


def test_a_network_that_learns_nothing_more_answers_as_its_model(kind: str, origin: Origin) -> None:
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


@pytest.mark.parametrize("precision", PRECISIONS)
def test_frozen_layers_keep_their_bytes_and_the_others_learn(
    kind: str, origin: Origin, precision: str
) -> None:
    scale = {part: origin.arrays[part] for part in ("shift", "factor")}
    arrays = {name: array.astype(precision) for name, array in origin.arrays.items()}
    before = Origin(origin.network, {**arrays, **scale})
    frozen = FROZEN[kind]
    job = later(NETWORKS[kind], freeze=frozen, precision=precision)
    watcher = RecordingWatcher()
    after = train(job, DATA, watcher, origin=before, check_gradients=True)
    learning = of_layers(origin.network, {*range(frozen + 1, 20)})
    assert changed(before, after) == learning
    assert watcher.proof is not None
    assert watcher.proof.compared > 10
    assert watcher.proof.largest_error is not None
    assert watcher.proof.largest_error < 1e-6
    assert watcher.shares is not None
    assert sum(watcher.shares) == pytest.approx(1)


def test_what_frozen_layers_make_of_a_sample_stays_on_other_rows(kind: str, origin: Origin) -> None:
    """The normalization of the model comes with its first layer, though the rows have another."""
    job = later(NETWORKS[kind], freeze=FROZEN[kind])
    after = train(job, OTHER, RecordingWatcher(), origin=origin)
    assert not changed(origin, after) & {"shift", "factor", *of_layers(origin.network, {1})}


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


def test_nothing_is_told_of_frozen_layers(kind: str, origin: Origin) -> None:
    watcher = RecordingWatcher()
    train(later(NETWORKS[kind], freeze=FROZEN[kind]), DATA, watcher, origin=origin)
    whole = RecordingWatcher()
    train(later(NETWORKS[kind]), DATA, whole, origin=origin)
    frozen = {"dense": 2, "convolutional": 2, "layers": 7}[kind]  # those in the residual too
    for epoch, plain in zip(watcher.epochs, whole.epochs, strict=True):
        assert len(epoch.gradient_norms) == len(plain.gradient_norms) == len(epoch.layers)
        assert epoch.gradient_norms[:frozen] == [None] * frozen
        assert None not in epoch.gradient_norms[frozen:]
        assert not any(
            sign is not None for layer in epoch.layers[:frozen] for sign in layer.values()
        )
        assert epoch.layers[-1]["weight_norm"] is not None


# What only the way back asks for.
BACKWARDS = {
    Operation.MULTIPLY_TRANSPOSED, Operation.MULTIPLY_AND_UPDATE, Operation.ADD_ROWS,
    Operation.CONVOLVE_KERNEL_GRADIENT, Operation.CHAIN, Operation.SCALE_GRADIENT,
    Operation.NORMALIZE_INPUT_GRADIENT, Operation.POOL_INPUT_GRADIENT, Operation.UPDATE,
}  # fmt: skip
PLAIN_BLOCKS: Json = {
    "kind": "layers",
    "layers": [
        {"kind": "convolution", "filters": 4}, {"kind": "batch_norm"}, RELU,
        {"kind": "dropout", "rate": 0.2},
        {"kind": "convolution", "filters": 5}, RELU, {"kind": "max_pool"},
        {"kind": "convolution", "filters": 6}, RELU, {"kind": "flatten"},
    ],
}  # fmt: skip


def recorded(monkeypatch: pytest.MonkeyPatch, network: Json, frozen: int) -> Counter[Operation]:
    """The operations of one step."""
    found: Counter[Operation] = Counter()
    write = Program.write

    def counted(program: Program, operation: Operation, *arguments: Array | float) -> None:
        found[operation] += 1
        write(program, operation, *arguments)

    plan = plan_of(later(network, freeze=frozen, batch_size=20))
    made, normal = plan.network.start(plan.dtype), normalization_of(plan, DATA.train, 1)
    batches = Batches(plan.batches, DATA.train, 3)
    steps = Steps(plan, made, normal, batches, CpuEngine(plan.dtype, threads=1))
    with monkeypatch.context() as patch:
        patch.setattr(Program, "write", counted)
        steps.take(batches.epoch(0), 0, [0.01], Outcome(0.0, 0, 0))
    return found


def test_no_operation_computes_a_gradient_of_a_frozen_layer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = [recorded(monkeypatch, PLAIN_BLOCKS, frozen) for frozen in range(5)]
    kernels = [each[Operation.CONVOLVE_KERNEL_GRADIENT] for each in found]
    # A convolution, its normalization, two convolutions; the dense layer of the logits learns.
    assert kernels == [3, 2, 2, 1, 0]
    # Three forwards; and back, of each that has a layer which learns before it.
    assert [each[Operation.CONVOLVE] for each in found] == [5, 5, 4, 3, 3]
    assert [each[Operation.SCALE_GRADIENT] for each in found] == [1, 1, 0, 0, 0]
    # While a normalization is frozen, it goes by what it has counted.
    assert [each[Operation.STATISTICS] for each in found] == [1, 1, 0, 0, 0]
    # A weight and a bias, gamma and beta: of each array one.
    updates = [each[Operation.UPDATE] + each[Operation.MULTIPLY_AND_UPDATE] for each in found]
    assert updates == [10, 8, 6, 4, 2]
    assert {each for each in BACKWARDS if found[4][each]} <= {
        Operation.MULTIPLY_TRANSPOSED, Operation.MULTIPLY_AND_UPDATE, Operation.ADD_ROWS,
        Operation.UPDATE,
    }  # fmt: skip


def test_frozen_layers_have_neither_gradients_nor_moments_in_memory() -> None:
    wide: Json = {"hidden_units": [1000, 1000]}

    def bytes_of(**fields: Any) -> int:
        return learning(Sizes(plan_of(later(wide, **fields)), 1, checked=False))

    weights = 4 * (48 * 1000 + 1000)  # of the first layer, in float32
    # A gradient, two moments and a mean.
    assert bytes_of() - bytes_of(freeze=1) == pytest.approx(4 * weights, rel=0.02)


def test_a_frozen_layer_takes_the_time_of_its_way_forward_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("worker.training.layer_times.seconds", lambda program: program.work)
    wide: Json = {"hidden_units": [500, 500]}
    shares = []
    for frozen in (0, 2):
        plan = plan_of(later(wide, freeze=frozen))
        network = plan.network.start(plan.dtype)
        shares.append(time_shares(plan, network, CpuEngine(plan.dtype, threads=1))[3])
    assert shares[1] < shares[0]


def test_doctors_see_no_sickness_in_frozen_layers(kind: str, origin: Origin) -> None:
    watcher = RecordingWatcher()
    job = later(NETWORKS[kind], freeze=FROZEN[kind], epochs=30)
    train(job, DATA, watcher, origin=origin)
    assert watcher.statistics is not None
    found = examine([vars(epoch) for epoch in watcher.epochs], job, watcher.statistics)
    severe = {each.code for each in found if each.severity == "severe"}
    assert not severe, found


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
