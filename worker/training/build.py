"""From a spec to a plan: which word is which object of the core. Nothing behind it knows a spec."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from worker.data.batches import Batching
from worker.nn import normalization, schedules
from worker.nn.arrays import Array
from worker.nn.initializers import INITIALIZERS
from worker.nn.losses import loss_for
from worker.nn.normalization import Moments, Normalization
from worker.nn.optimizers import OPTIMIZERS, Optimizer
from worker.nn.schedules import Schedule
from worker.spec import (
    ConstantSpec,
    CosineSpec,
    EarlyStoppingSpec,
    ExponentialSpec,
    JobSpec,
    NetworkSpec,
    OptimizerSpec,
    ScheduleSpec,
    StepSpec,
)
from worker.training.layer_plan import MakePlan, in_a_row
from worker.training.layer_plans import ActivationPlan, DensePlan, DropoutPlan, FlattenPlan
from worker.training.network_plan import NetworkPlan
from worker.training.plan import Plan, Stopping
from worker.training.problem import Problem

SCHEDULES: dict[type, Callable[[Any, int], Schedule]] = {
    ConstantSpec: lambda spec, epochs: schedules.constant(),
    StepSpec: lambda spec, epochs: schedules.stepwise(spec.every, spec.gamma),
    ExponentialSpec: lambda spec, epochs: schedules.exponential(spec.gamma),
    CosineSpec: lambda spec, epochs: schedules.cosine(epochs, spec.final),
}

NORMALIZATIONS: dict[str, Callable[[Callable[[], Moments], Array], Normalization]] = {
    "standardize": lambda moments, row: normalization.standardize(moments()),
    "scale": lambda moments, row: normalization.scale(row),
    "none": lambda moments, row: normalization.none(row),
}


def plan(spec: JobSpec, problem: Problem) -> Plan:
    """How the spec would have a network trained on this problem."""
    layers = network(spec.network, problem, spec.seed)
    return Plan(
        problem=problem,
        network=layers,
        dtype=spec.dtype,
        tf32=spec.precision == "tf32",
        normalization=NORMALIZATIONS[spec.normalization],
        loss=loss_for(problem.classes),
        optimizer=optimizer(spec.optimizer),
        learning_rate=spec.optimizer.learning_rate,
        schedule=schedule(spec.schedule, spec.epochs),
        batches=batches(spec, layers.dropouts),
        l2=spec.regularization.l2,
        clip_norm=spec.regularization.clip_norm,
        epochs=spec.epochs,
        validation_fraction=spec.validation_fraction,
        stopping=stopping(spec.early_stopping),
        seed=spec.seed,
    )


def network(spec: NetworkSpec, problem: Problem, seed: int) -> NetworkPlan:
    units = loss_for(problem.classes).units(problem.classes)
    return NetworkPlan(
        layers=in_a_row(problem.shape, dense_layers(spec, units)),
        initializer=INITIALIZERS[spec.initializer],
        scale=spec.initializer_scale,
        seed=seed,
    )


def dense_layers(spec: NetworkSpec, units: int) -> Iterator[MakePlan]:
    """From samples of any shape to logits of so many units."""
    yield partial(FlattenPlan, pointer="/network")
    for depth, hidden in enumerate(spec.hidden_units):
        pointer = f"/network/hidden_units/{depth}"
        yield partial(DensePlan, units=hidden, pointer=pointer)
        yield partial(ActivationPlan, activation=spec.activation, pointer=pointer)
        if spec.dropout:
            yield partial(DropoutPlan, rate=spec.dropout, pointer=pointer)
    yield partial(DensePlan, units=units, pointer="/network")


def optimizer(spec: OptimizerSpec) -> Callable[..., Optimizer]:
    about = spec.model_dump(exclude={"kind", "learning_rate"})
    return partial(OPTIMIZERS[spec.kind], **about)


def schedule(spec: ScheduleSpec, epochs: int) -> Callable[[int], Schedule]:
    made, warmup = SCHEDULES[type(spec)](spec, epochs), spec.warmup_epochs
    return lambda steps: schedules.warmed_up(made, warmup, 1 / steps) if warmup else made


def batches(spec: JobSpec, dropouts: int) -> Batching:
    return Batching(
        size=None if spec.batch_size == "all" else spec.batch_size,
        seed=spec.seed,
        balanced=spec.class_weights == "balanced",
        flip=spec.augmentation.flip,
        shift=spec.augmentation.shift,
        dropouts=dropouts,
    )


def stopping(spec: EarlyStoppingSpec | None) -> Stopping | None:
    return None if spec is None else Stopping(spec.patience, spec.min_delta)
