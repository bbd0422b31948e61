"""What would help: changes of a spec as JSON Patches (RFC 6902).

Paths hold in `JobSpec.model_dump(mode="json")`, which has every field, so to replace is enough.
"""

from worker.doctor.chart import LARGEST_INPUT, PART_OF_JOB, PATIENCE, Chart
from worker.doctor.finding import Patch
from worker.jsontypes import Json
from worker.spec import AdamSpec, ConstantSpec, EarlyStoppingSpec, JobSpec

FITTING = {
    "relu": "he",
    "leaky_relu": "he",
    "gelu": "he",
    "gelu_tanh": "he",
    "tanh": "glorot",
    "sigmoid": "glorot",
    "identity": "glorot",
}
# Of any initializer but normal: with another scale the spec would be refused.
UNSCALED = {"/network/initializer_scale": 1.0}
FASTEST = 1_000  # the largest learning rate that a spec may have

# The squares of a layer's starting weights add up to about twice its units, so l2/2 times that is
# above the one nat or so that there is to win.
HEAVY_L2 = 0.1
LIGHT_DROPOUT = 0.2
HEAVY_DROPOUT = 0.5  # the share at which the masks of a layer differ most; above, little is left
TIGHT = 10  # times clip_norm: gradients so large are cut at every step


def replace(path: str, value: object) -> Patch:
    return [{"op": "replace", "path": path, "value": value}]


def fitting_start(spec: JobSpec) -> Patch:
    """Starting weights that suit the activation."""
    fitting = replace("/network/initializer", FITTING[spec.network.activation])
    return fitting + differing(spec, UNSCALED)


def bend(spec: JobSpec) -> Patch:
    """relu between the layers, and the starting weights that suit it."""
    usual = {"/network/activation": "relu", "/network/initializer": "he", **UNSCALED}
    return differing(spec, usual)


def slower(spec: JobSpec) -> Patch:
    """A tenth of the learning rate, or what is usual with the optimizer if that is less."""
    rate, usual = spec.optimizer.learning_rate, type(spec.optimizer)().learning_rate
    return replace("/optimizer/learning_rate", min(rate / 10, usual))


def faster(chart: Chart) -> Patch:
    """Longer steps: uncut where they are cut, or else ten times the learning rate, or what is usual
    with the optimizer if that is more."""
    most, optimizer = chart.spec.regularization.clip_norm, chart.spec.optimizer
    if most is not None and max(chart.gradient_norms()) > TIGHT * most:
        return replace("/regularization/clip_norm", None)
    rate, usual = optimizer.learning_rate, type(optimizer)().learning_rate
    return replace("/optimizer/learning_rate", min(max(rate * 10, usual), FASTEST))


def obstacles_removed(chart: Chart) -> Patch:
    """Without what no learning rate can make good; empty where there is nothing of that kind."""
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
    """An end at the best epoch of the rows that are kept out."""
    # The longer a job is, the longer may its cost rest.
    patience = max(PATIENCE, spec.epochs // PART_OF_JOB)
    return replace("/early_stopping", EarlyStoppingSpec(patience=patience).model_dump())


def held_back(spec: JobSpec) -> Patch:
    """Weights that are kept small; where they are already, fewer units in each step."""
    if spec.regularization.l2 < HEAVY_L2:
        return replace("/regularization/l2", HEAVY_L2)
    if not spec.network.dropout and spec.network.hidden_units:
        return replace("/network/dropout", LIGHT_DROPOUT)
    return []


def plain(spec: JobSpec) -> Patch:
    """What usually learns, in place of all that does not."""
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
    """The wanted values at the paths where the spec has others."""
    found: Json = spec.model_dump(mode="json")
    found |= {f"network/{name}": value for name, value in found["network"].items()}
    changes = {path: value for path, value in wanted.items() if found[path[1:]] != value}
    return [change for path, value in changes.items() for change in replace(path, value)]
