"""How the cost grows: of an epoch with the rows, of a step with the parameters.

Both from a thousand to ten million; of parameters there can be more because there are more inputs
or because there are more units. With inputs, all that a step does grows; with units, taking the
rows and the like stay as they are. The exponent is the slope of a straight line through the
logarithms: 1 says that twice as much costs twice as much.
"""

import sys
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks import setting
from benchmarks.core.peers import COMPETITORS
from benchmarks.core.turns import Competitor
from benchmarks.core.workloads import Workload
from worker.jsontypes import Json

SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
QUICK_SIZES = SIZES[:3]
EXPECTED = (0.9, 1.1)
# Epochs enough for a turn of a tenth of a second, at the speed of the smallest.
ROWS_IN_A_TURN = 1_000_000
PARAMETERS_IN_A_TURN = 2_000_000
BATCH = 512  # so that a step of the smallest network is more than its fixed cost
FEATURES = 160  # so that ten million parameters are no more units than a job may ask for
UNITS = 16


def with_rows(rows: int) -> Workload:
    epochs = max(1, ROWS_IN_A_TURN // rows)
    return Workload((20, 32, 32, 1), rows, 64, "adam", 1e-4, epochs)


def with_inputs(parameters: int) -> Workload:
    """About so many, between more or fewer inputs and as many units as ever."""
    return of_width((parameters - 2 * UNITS - 1) // UNITS, UNITS, parameters)


def with_units(parameters: int) -> Workload:
    """About so many, between as many inputs as ever and more or fewer units."""
    return of_width(FEATURES, round(parameters / (FEATURES + 2)), parameters)


def of_width(features: int, units: int, parameters: int) -> Workload:
    epochs = max(1, PARAMETERS_IN_A_TURN // parameters)
    return Workload((features, units, 1), 8 * BATCH, BATCH, "adam", 1e-4, epochs)


def measured(name: str, workload: Workload, rounds: int, threads: int) -> Json:
    """Seconds per step and per epoch."""
    with Competitor(name, workload, threads) as competitor:
        if not competitor.warmed_up():
            raise SystemExit(f"{name} could not be run.")
        for _ in range(rounds):
            competitor.turn()
    return {
        "sizes": {**workload._asdict(), "parameters": workload.parameters},
        "seconds_per_step": setting.spread(competitor.seconds),
        "seconds_per_epoch": setting.spread([workload.steps * s for s in competitor.seconds]),
        "cores_that_others_used": competitor.strangers,
    }


def growth(sizes: Sequence[int], costs: Sequence[float]) -> Json:
    """The exponent over all sizes, and from each size to the next."""
    x, y = np.log(sizes), np.log(costs)
    return {
        "exponent": float(np.polyfit(x, y, 1)[0]),
        "exponents_between": list(np.diff(y) / np.diff(x)),
    }


def of_rows(name: str, sizes: Sequence[int], rounds: int, threads: int) -> Json:
    points = [measured(name, with_rows(size), rounds, threads) for size in sizes]
    costs = [point["seconds_per_epoch"]["median"] for point in points]
    return {**growth(sizes, costs), "points": points}


def of_parameters(
    name: str, grown: Callable[[int], Workload], sizes: Sequence[int], rounds: int, threads: int
) -> Json:
    points = [measured(name, grown(size), rounds, threads) for size in sizes]
    costs = [point["seconds_per_step"]["median"] for point in points]
    exact = [point["sizes"]["parameters"] for point in points]
    return {**growth(exact, costs), "points": points}


def tell(about: str, found: Json) -> None:
    for point in found["points"]:
        sizes = point["sizes"]
        print(
            f"{sizes['rows']:10,} rows, {sizes['parameters']:10,} parameters: "
            f"{1e6 * point['seconds_per_step']['median']:9.1f} us a step, "
            f"{point['seconds_per_epoch']['median']:8.4f} s an epoch"
        )
    between = ", ".join(f"{exponent:.2f}" for exponent in found["exponents_between"])
    print(f"{about}: exponent {found['exponent']:.3f}, from size to size {between}", flush=True)


def main() -> int:
    parser = setting.arguments(__doc__ or "", rounds=2)
    parser.add_argument("--competitor", choices=COMPETITORS, default="ours")
    asked = parser.parse_args()
    sizes, rounds = (QUICK_SIZES, 1) if asked.quick else (SIZES, asked.rounds)
    if not asked.quick:
        setting.wait_for_quiet()
    rows = of_rows(asked.competitor, sizes, rounds, asked.threads)
    tell("rows", rows)
    inputs = of_parameters(asked.competitor, with_inputs, sizes, rounds, asked.threads)
    tell("parameters, by inputs", inputs)
    units = of_parameters(asked.competitor, with_units, sizes, rounds, asked.threads)
    tell("parameters, by units", units)
    if not asked.quick and asked.competitor == "ours":
        about = {"threads": asked.threads, "rounds": rounds, "expected": EXPECTED}
        setting.save("scaling", {**about, "rows": rows, "inputs": inputs, "units": units})
    low, high = EXPECTED
    # The smallest sizes alone, as --quick takes them, are mostly fixed cost.
    good = asked.quick or all(low <= one["exponent"] <= high for one in (rows, inputs, units))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
