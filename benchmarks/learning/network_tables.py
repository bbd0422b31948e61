"""What docs/learning.md tells of networks before they are trained: sizes, and receptive fields."""

from collections.abc import Callable

from worker.jsontypes import Json
from worker.spec import JobSpec
from worker.spec.recipes import RECIPES
from worker.training import build
from worker.training.network_plan import NetworkPlan
from worker.training.problem import Problem
from worker.training.window_plans import WindowPlan

PICTURE = (64, 64, 3)
ONE_CONVOLUTION: list[Json] = [
    {"kind": "convolution", "filters": 32},
    {"kind": "global_average_pool"},
]
HEAD = ["", "parameters", "multiplications, for a picture"]


def plan_of(network: Json) -> NetworkPlan:
    """The network for pictures of two classes."""
    spec = JobSpec.model_validate({"dataset": f"ds_{0:032x}", "network": network})
    return build.plan(spec, Problem(PICTURE, 2, {"train": 1})).network


def sizes() -> list[list[str]]:
    """Parameters and multiplications: of a first layer of each kind, and of whole networks."""
    dense = first("dense", plan_of({"kind": "dense", "hidden_units": [32]}))
    convolution = first("convolution", plan_of({"kind": "layers", "layers": ONE_CONVOLUTION}))
    return [
        HEAD,
        counted("a dense layer of 32 units on 64 × 64 × 3", dense),
        counted("a convolution of 32 kernels of 3 × 3 there", convolution),
        *(
            counted(f"the network of `{name}`", plan_of(RECIPES[name].spec["network"]).summary())
            for name in ("classic", "photos")
        ),
    ]


def first(kind: str, plan: NetworkPlan) -> list[Json]:
    """What is known of the first layer of a kind."""
    return [row for row in plan.summary() if row["kind"] == kind][:1]


def counted(name: str, rows: list[Json]) -> list[str]:
    sums = (sum(row[key] for row in rows) for key in ("parameters", "multiplications"))
    return [name, *(f"{each:,}" for each in sums)]


def fields() -> list[list[str]]:
    """Behind each window of the recipe `photos`: what is returned, how many pixels lie between two
    places, and how many along a side have a part in one."""
    rows = [["layer", "returns", "pixels between places", "receptive field"]]
    step, field = 1, 1
    for layer in plan_of(RECIPES["photos"].spec["network"]).layers:
        if isinstance(layer, WindowPlan):
            field += (layer.kernel - 1) * step
            step *= layer.stride
            returned = " × ".join(map(str, layer.returns))
            rows.append([layer.kind, returned, str(step), f"{field} × {field}"])
    return rows


TABLES: dict[str, Callable[[], list[list[str]]]] = {"sizes": sizes, "fields": fields}
