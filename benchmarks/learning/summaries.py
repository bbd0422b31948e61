"""What several lines of an experiment come to together."""

import statistics
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from benchmarks import setting
from benchmarks.learning.experiments import DEFAULTS, RATES
from benchmarks.learning.lines import plain
from benchmarks.learning.measures import LEARNED, Run, middle, reach, reached_epoch
from benchmarks.learning.sizes import (
    BATCH_EPOCHS,
    BATCH_RATES,
    LABELS,
    STEP_KINDS,
    STEP_RATES,
    STEP_SIDES,
    UNITS,
)
from worker.jsontypes import Json

BATCH_LOSS = 0.05  # nats, of a row, which every size of a batch has to reach


def best_rates(lines: Json) -> Json:
    """For each optimizer the rate with the lowest loss, the one that leaps least, and those between
    which it learns."""
    found: Json = {}
    for kind in DEFAULTS:
        by_rate = {rate: lines[f"{kind}_{plain(rate)}"] for rate in RATES}
        losses = {rate: line["loss"] for rate, line in by_rate.items() if line["loss"] is not None}
        learning = [rate for rate, loss in losses.items() if loss < LEARNED]
        best = min(losses, key=losses.__getitem__)
        calmest = min(losses, key=lambda rate, by_rate=by_rate: by_rate[rate]["late_peak"])
        # Momentum's default lies between two rates of the row.
        default = by_rate.get(DEFAULTS[kind], {})
        found[kind] = {
            "title": kind,
            "rate": best,
            **{key: by_rate[best][key] for key in ("loss", "late_peak", "test_accuracy")},
            "default_late_peak": default.get("late_peak"),
            "calmest_rate": calmest,
            "calmest_late_peak": by_rate[calmest]["late_peak"],
            "lowest": min(learning, default=None),
            "highest": max(learning, default=None),
            "ranges": by_rate[best].get("ranges", {}),
        }
    return found


class Fastest(NamedTuple):
    """The rate that needs the fewest epochs, for one size of a batch.

    Attributes:
        steps: in an epoch.
        values: milliseconds for an epoch, of each job, since no rate changes them; epochs, of each
            seed; and seconds together, of each seed, with the median of the times.
    """

    rate: float
    steps: int
    values: tuple[list[float], list[float], list[float]]


def fastest(runs: Mapping[str, Sequence[Run]], rows: int | str) -> Fastest:
    by_rate = {rate: runs[f"{rows}_{plain(rate)}"] for rate in BATCH_RATES}
    needed = {rate: statistics.median(map(epochs_needed, of)) for rate, of in by_rate.items()}
    rate = min(needed, key=needed.__getitem__)
    times = [epoch_ms(run) for of in by_rate.values() for run in of if len(run.metrics) > 1]
    epochs = [epochs_needed(run) for run in by_rate[rate]]
    seconds = [each * statistics.median(times) / 1000 for each in epochs]
    steps = int(by_rate[rate][0].metrics[0]["step"])
    return Fastest(rate, steps, (times, epochs, seconds))


def batches(runs: Mapping[str, Sequence[Run]], busy: float) -> Json:
    """For each size of a batch, at its fastest rate: how long an epoch takes, how many are needed,
    and both together; and where that was measured.

    Args:
        busy: how many cores others kept busy meanwhile.
    """
    found: Json = {}
    for rows in BATCH_EPOCHS:
        fast = fastest(runs, rows)
        values = dict(zip(("epoch_ms", "epochs", "seconds"), fast.values, strict=True))
        found[f"rows_{rows}"] = {
            "title": "1 row" if rows == 1 else f"{rows} rows",
            "rate": fast.rate,
            "steps": fast.steps,
            **{name: middle(each) for name, each in values.items()},
            "ranges": {name: reach(each) for name, each in values.items()},
        }
    machine = setting.machine()
    where = {"processor": machine["processor"], "cores": machine["cores"], "busy": busy}
    return {"loss": BATCH_LOSS, "sizes": found, "where": where}


def epochs_needed(run: Run) -> float:
    return reached_epoch(run, BATCH_LOSS)


def epoch_ms(run: Run) -> float:
    """What an epoch takes, in the middle of all of them."""
    ends = [row["seconds"] for row in run.metrics]
    return 1000 * statistics.median(after - before for before, after in pairwise(ends))


def first_steps(lines: Json) -> Json:
    """For each optimizer and each size of pictures: what a first step of 0.001 makes of the weights
    and of the cost of its rows, and up to which rate that falls with every seed."""
    found: Json = {}
    for dataset, side in STEP_SIDES.items():
        for kind in STEP_KINDS:
            by_rate = {rate: lines[f"{dataset}_{kind}_{plain(rate)}"] for rate in STEP_RATES}
            falls = [rate for rate, line in by_rate.items() if not line["risen"]]
            at = by_rate[0.001]
            found[f"{dataset}_{kind}"] = {
                "title": f"{side}, {kind}",
                "moved": at["moved"],
                "risen": at["risen"],
                "worst": at["ranges"]["rise"][1],
                "falls_up_to": max(falls, default=None),
                "ranges": {"moved": at["ranges"]["moved"]},
            }
    return found


def by_size(lines: Json) -> Json:
    """For each size of a network what it has learned of each kind of labels."""
    found: Json = {}
    for units in UNITS:
        of = {dataset: lines[f"{dataset}_{units}"] for dataset in LABELS}
        columns = {
            "by_heart": (of["dealt"], "train_accuracy"),
            "train": (of["thumbs"], "train_accuracy"),
            "test": (of["thumbs"], "test_accuracy"),
            "noisy_train": (of["noisy"], "train_accuracy"),
            "noisy_test": (of["noisy"], "test_accuracy"),
        }
        found[f"units_{units}"] = {
            "title": "1 unit" if units == 1 else f"{units} units",
            "parameters": of["thumbs"]["parameters"],
            **{name: line[measure] for name, (line, measure) in columns.items()},
            "ranges": {name: line["ranges"][measure] for name, (line, measure) in columns.items()},
        }
    return found
