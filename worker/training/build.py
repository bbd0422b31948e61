"""From a spec to a plan: which word is which object of the core. Nothing behind it knows a spec."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from worker.data.augment import NONE, Augmentation
from worker.data.batches import PICTURE, Batching
from worker.errors import InvalidParameter
from worker.jsontypes import Json
from worker.nn import normalization, schedules
from worker.nn.arrays import Array
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
    OneCycleSpec,
    OptimizerSpec,
    ScheduleSpec,
    StepSpec,
)
from worker.training.build_network import network
from worker.training.network_plan import NetworkPlan
from worker.training.plan import Folds, Plan, Stopping
from worker.training.problem import Problem

SCHEDULES: dict[type, Callable[[Any, int], Schedule]] = {
    ConstantSpec: lambda spec, epochs: schedules.constant(),
    StepSpec: lambda spec, epochs: schedules.stepwise(spec.every, spec.gamma),
    ExponentialSpec: lambda spec, epochs: schedules.exponential(spec.gamma),
    CosineSpec: lambda spec, epochs: schedules.cosine(epochs, spec.final),
    OneCycleSpec: lambda spec, epochs: schedules.one_cycle(epochs, spec.warmup_fraction),
}

NORMALIZATIONS: dict[str, Callable[[Callable[[], Moments], Array], Normalization]] = {
    "standardize": lambda moments, row: normalization.standardize(moments()),
    "center": lambda moments, row: normalization.center(moments()),
    "scale": lambda moments, row: normalization.scale(row),
    "none": lambda moments, row: normalization.none(row),
}


def plan(spec: JobSpec, problem: Problem) -> Plan:
    """How the spec would have a network trained on this problem."""
    layers = replace(network(spec.network, problem, spec.seed), frozen=spec.freeze)
    return Plan(
        problem=problem,
        network=layers,
        dtype=spec.dtype,
        tf32=spec.precision == "tf32",
        normalization=normalization_by(spec, problem),
        loss=loss_for(problem.classes),
        optimizer=optimizer(spec.optimizer),
        learning_rate=spec.optimizer.learning_rate,
        schedule=schedule(spec.schedule, spec.epochs),
        batches=batches(spec, problem, layers),
        l2=spec.regularization.l2,
        clip_norm=spec.regularization.clip_norm,
        average_weights=spec.average_weights,
        label_smoothing=spec.label_smoothing,
        epochs=spec.epochs,
        # The dataset's own rows to validate stand in the place of any others.
        validation_fraction=0.0 if problem.rows.get("validation") else spec.validation_fraction,
        stopping=stopping(spec.early_stopping),
        folds=None if spec.folds is None else Folds(spec.folds, spec.repeats),
        seed=spec.seed,
    )


def network_of_model(manifest: Json) -> NetworkPlan:
    """The plan of the network that was trained, as the manifest of a model tells it."""
    spec, features = JobSpec.model_validate(manifest["spec"]), manifest.get("features")
    shape = tuple(manifest["shape"]) if features is None else (features,)
    problem = Problem(shape, len(manifest["classes"]), {})
    return network(spec.network, problem, spec.seed)


def normalization_by(
    spec: JobSpec, problem: Problem
) -> Callable[[Callable[[], Moments], Array], Normalization]:
    """Rows of a table are left as they are: their import has normalized them.

    Raises:
        InvalidParameter: what is no pixel is to be scaled as pixels are.
    """
    if problem.dtype == "float32" and spec.normalization == "scale":
        raise InvalidParameter(
            "Expected the normalization standardize, center or none for rows of a table and for "
            "features of a backbone, got scale, which is for pixels.",
            "/normalization",
        )
    return NORMALIZATIONS["none" if problem.normalized else spec.normalization]


def optimizer(spec: OptimizerSpec) -> Callable[..., Optimizer]:
    about = spec.model_dump(exclude={"kind", "learning_rate"})
    return partial(OPTIMIZERS[spec.kind], **about)


def schedule(spec: ScheduleSpec, epochs: int) -> Callable[[int], Schedule]:
    made, warmup = SCHEDULES[type(spec)](spec, epochs), spec.warmup_epochs
    return lambda steps: schedules.warmed_up(made, warmup, 1 / steps) if warmup else made


def batches(spec: JobSpec, problem: Problem, layers: NetworkPlan) -> Batching:
    pictures = len(problem.shape) == PICTURE
    return Batching(
        size=None if spec.batch_size == "all" else spec.batch_size,
        seed=spec.seed,
        balanced=spec.class_weights == "balanced",
        augmentation=Augmentation(**spec.augmentation.model_dump()) if pictures else NONE,
        pictures=layers.pictures,
        dropouts=layers.dropouts,
    )


def stopping(spec: EarlyStoppingSpec | None) -> Stopping | None:
    return None if spec is None else Stopping(spec.patience, spec.min_delta)
