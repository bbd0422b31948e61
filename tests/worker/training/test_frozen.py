"""Frozen layers: they keep their bytes, and no step does more for them than to answer."""

from collections import Counter
from typing import Any

import pytest
from numpy.testing import assert_allclose

from tests.worker.nn.engines.comparing import DeviceOf
from tests.worker.training.starting import (
    DATA,
    FROZEN,
    NETWORKS,
    OTHER,
    PRECISIONS,
    changed,
    later,
    of_layers,
    plan_of,
)
from tests.worker.training.test_convolutional_training import RELU
from tests.worker.training.watching import RecordingWatcher
from worker.data.batches import Batches
from worker.doctor.examination import examine
from worker.jsontypes import Json
from worker.nn.arrays import Array
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.engines.cpu.program import Program
from worker.nn.engines.gpu.engine import GpuEngine
from worker.nn.engines.operations import Operation
from worker.training.fit import normalization_of, train
from worker.training.layer_times import time_shares
from worker.training.memory_of_steps import learning
from worker.training.origin import Origin
from worker.training.sizes import Sizes
from worker.training.step import Outcome, Steps


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


def test_a_frozen_normalization_takes_batches_of_one_row() -> None:
    rows: Json = {"kind": "layers", "layers": [
        {"kind": "flatten"}, {"kind": "dense", "units": 4}, {"kind": "batch_norm"},
    ]}  # fmt: skip
    assert plan_of(later(rows, freeze=1)).network.needs_two_rows is not None
    assert plan_of(later(rows, freeze=2)).network.needs_two_rows is None


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


def test_a_graphics_processor_keeps_the_same_bytes_and_learns_the_same(
    device_of: DeviceOf, kind: str, origin: Origin
) -> None:
    job = later(NETWORKS[kind], freeze=FROZEN[kind], precision="float64", epochs=2)

    def engine(dtype: str) -> GpuEngine:
        return GpuEngine(device_of(dtype))

    ours = train(job, DATA, RecordingWatcher(), origin=origin, engines=engine)
    theirs = train(job, DATA, RecordingWatcher(), origin=origin)
    for name, array in theirs.unfolded.items():
        assert_allclose(ours.unfolded[name], array, 1e-8, 1e-8)
    frozen = {*range(1, FROZEN[kind] + 1)}
    for name in of_layers(origin.network, frozen):
        assert ours.unfolded[name].tobytes() == origin.arrays[name].astype("float64").tobytes()


def test_doctors_see_no_sickness_in_frozen_layers(kind: str, origin: Origin) -> None:
    watcher = RecordingWatcher()
    job = later(NETWORKS[kind], freeze=FROZEN[kind], epochs=30)
    train(job, DATA, watcher, origin=origin)
    assert watcher.statistics is not None
    found = examine([vars(epoch) for epoch in watcher.epochs], job, watcher.statistics)
    severe = {each.code for each in found if each.severity == "severe"}
    assert not severe, found
