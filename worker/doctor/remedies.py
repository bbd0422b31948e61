"""Changes of a spec that would help, as JSON Patches (RFC 6902).

They apply to `JobSpec.model_dump(mode="json")`. That has every field, so `replace` is the only
operation.
"""

from worker.doctor.chart import LARGEST_INPUT, PART_OF_JOB, PATIENCE, Chart
from worker.findings.finding import Patch
from worker.jsontypes import Json
from worker.spec import MAX_EPOCHS, AdamSpec, ConstantSpec, EarlyStoppingSpec, JobSpec
from worker.spec.recipes import RECIPES, whole

FITTING = {
    "relu": "he",
    "leaky_relu": "he",
    "gelu": "he",
    "gelu_tanh": "he",
    "tanh": "glorot",
    "sigmoid": "glorot",
    "identity": "glorot",
}
# For any initializer but normal: with another scale the spec is refused.
UNSCALED = {"/network/initializer_scale": 1.0}
FASTEST = 1_000  # the highest learning rate that a spec may have

# The squares of a layer's starting weights add up to about twice its number of units. Above this l2
# the penalty, l2/2 times that sum, costs more than the network can win on the rows: about one nat.
HEAVY_L2 = 0.1
LIGHT_DROPOUT = 0.2
WATCHED = 0.1  # of the training rows, where a dataset has none of its own to validate
HEAVY_DROPOUT = 0.5  # above it, too few units of a layer are left in a step
# What the recipe for features does not say, since it has nothing to do with what is learned from.
OF_THE_CALLER = {
    "accept", "device", "early_stopping", "max_seconds", "precision", "seed", "validation_fraction",
}  # fmt: skip
TIGHT = 10  # times clip_norm: steps whose gradients are larger become less than a tenth as long


def replace(path: str, value: object) -> Patch:
    return [{"op": "replace", "path": path, "value": value}]


def fitting_start(spec: JobSpec) -> Patch:
    """Returns the patch to the initializer that suits the activation."""
    fitting = replace("/network/initializer", FITTING[spec.network.activation])
    return fitting + differing(spec, UNSCALED)


def bend(spec: JobSpec) -> Patch:
    """Returns the patch to relu and the initializer that suits it."""
    usual = {"/network/activation": "relu", "/network/initializer": "he", **UNSCALED}
    return differing(spec, usual)


def evened(spec: JobSpec) -> Patch:
    """Returns the patch to batch normalization, where the network may have it and has not."""
    return differing(spec, {"/network/batch_norm": True})


def shallower(spec: JobSpec) -> Patch:
    """Returns the patch to the first two hidden layers of more."""
    return differing(spec, {"/network/hidden_units": spec.network.hidden_units[:2]})


def slower(spec: JobSpec) -> Patch:
    """Returns the patch to a tenth of the learning rate, or to the optimizer's default if that is
    lower."""
    rate, usual = spec.optimizer.learning_rate, type(spec.optimizer)().learning_rate
    return replace("/optimizer/learning_rate", min(rate / 10, usual))


def faster(chart: Chart) -> Patch:
    """Returns the patch to longer steps: without clip_norm, if that cuts them to less than a tenth;
    else with ten times the learning rate, or the optimizer's default if that is higher."""
    most, optimizer = chart.spec.regularization.clip_norm, chart.spec.optimizer
    if most is not None and max(chart.gradient_norms()) > TIGHT * most:
        return replace("/regularization/clip_norm", None)
    rate, usual = optimizer.learning_rate, type(optimizer)().learning_rate
    return replace("/optimizer/learning_rate", min(max(rate * 10, usual), FASTEST))


def obstacles_removed(chart: Chart) -> Patch:
    """Returns the patch that removes what no learning rate can make up for: large inputs,
    unsuitable starting weights, heavy dropout and heavy l2. It is empty where the spec has none of
    these."""
    spec, patch = chart.spec, Patch()
    if chart.input_size > LARGEST_INPUT:
        patch += replace("/normalization", "standardize")
    if spec.network.initializer in ("normal", "zeros"):
        patch += fitting_start(spec)
    if spec.network.dropout > HEAVY_DROPOUT:
        patch += replace("/network/dropout", 0.0)
    if spec.regularization.l2 > HEAVY_L2:
        patch += replace("/regularization/l2", 0.0)
    return patch


def stopped_early(spec: JobSpec) -> Patch:
    """Returns the patch to early stopping: the model is then that of the best validation loss."""
    # In a longer job the loss may stay the same for longer before it falls again.
    patience = max(PATIENCE, spec.epochs // PART_OF_JOB)
    # A dataset's own rows to validate are watched without one, but a spec must have it.
    watched = [] if spec.validation_fraction else replace("/validation_fraction", WATCHED)
    return watched + replace("/early_stopping", EarlyStoppingSpec(patience=patience).model_dump())


def held_back(spec: JobSpec) -> Patch:
    """Returns the patch to l2; with l2 already, to dropout; empty with both."""
    if spec.regularization.l2 < HEAVY_L2:
        return replace("/regularization/l2", HEAVY_L2)
    if not spec.network.dropout and spec.network.hidden_units:
        return replace("/network/dropout", LIGHT_DROPOUT)
    return []


def on_features(spec: JobSpec, backbone: str) -> Patch:
    """Returns the patch to the recipe for the features of a backbone.

    Args:
        backbone: its name.
    """
    learned_by = {name: value for name, value in whole(RECIPES["backbone"]).items()
                  if name not in OF_THE_CALLER}  # fmt: skip
    # What another model has learned of pictures is no start for features.
    learned_by |= {"backbone": backbone, "recipe": "backbone", "start_from": None, "freeze": 0}
    return differing(spec, {f"/{name}": value for name, value in learned_by.items()})


def on_folds(spec: JobSpec, folds: int) -> Patch:
    """Returns the patch to so many folds; empty where their epochs would be too many."""
    if (folds + 1) * spec.epochs > MAX_EPOCHS:
        return []
    return differing(spec, {"/folds": folds, "/keep_checkpoints": 0})


def plain(spec: JobSpec) -> Patch:
    """Returns the patch to what usually learns, where the spec has something else."""
    usual = {
        "/network/activation": "relu",
        "/network/initializer": "he",
        **UNSCALED,
        "/network/dropout": 0.0,
        "/normalization": "standardize",
        "/optimizer": AdamSpec().model_dump(mode="json"),
        "/schedule": ConstantSpec().model_dump(mode="json"),
        "/regularization": {"l2": 0.0, "clip_norm": None},
    }
    return differing(spec, usual)


def differing(spec: JobSpec, wanted: Json) -> Patch:
    """Returns the patch to these values, without those that the spec has already.

    Args:
        wanted: values by the paths of their fields.
    """
    found = values(spec)
    changes = {path: value for path, value in wanted.items() if found.get(path, value) != value}
    return [change for path, value in changes.items() for change in replace(path, value)]


def applicable(patch: Patch, spec: JobSpec) -> Patch:
    """Returns the patch; or none, if it would change a field that this kind of network has not."""
    fields = values(spec)
    ours = [change["path"] for change in patch if change["path"].startswith("/network/")]
    return patch if all(path in fields for path in ours) else []


def values(spec: JobSpec) -> Json:
    """Returns the fields of a spec, and those of its network, by their paths."""
    found: Json = spec.model_dump(mode="json")
    network = {f"/network/{name}": value for name, value in found["network"].items()}
    return {f"/{name}": value for name, value in found.items()} | network
