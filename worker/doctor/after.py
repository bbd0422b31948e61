"""Rules about how a training ended, and about the version that its model replaces."""

import math

from worker.doctor import remedies
from worker.doctor.chart import TOO_LITTLE, Chart
from worker.doctor.remedies import replace
from worker.findings.finding import Patch, short
from worker.findings.rule import Observation
from worker.spec import MAX_EPOCHS, MAX_SECONDS

SURE = 0.05  # times the cost of a guess: at this cost nearly all rows are right
LEAST, MOST = 1.5, 10  # times the epochs, or seconds, of this job that may be proposed
NAMED = 20  # classes that are listed at most
FEW_ROWS = 500  # to train and to validate: where folds tell more than one division of them does
VAGUE = 0.1  # between the ends of an accuracy's interval: not known to within five points
LEAST_FOLDS, USUAL_FOLDS = 2, 5


def still_falling(chart: Chart) -> Observation | None:
    outcome = chart.outcome
    if outcome is None or outcome.ended_by not in ("epochs", "max_seconds"):
        return None
    if outcome.result["train"]["accuracy"] == 1 or (rate := chart.falls_by()) is None:
        return None
    done = chart.epochs[-1]["epoch"]
    if 1 - math.exp(-rate * done) < TOO_LITTLE:
        return None
    # Epochs until nearly all rows are right, if the cost goes on falling at this rate.
    wanted = max(math.log(chart.losses[-1] / (SURE * chart.guess_cost)), 0.0) / rate
    longer = min(max(1 + wanted / done, LEAST), MOST)
    return Observation(
        "The training ended while the cost was still falling: it was not done yet.",
        {
            "loss": short(chart.losses[-1]),
            "falls_per_epoch": short(1 - math.exp(-rate)),
            "accuracy": short(outcome.result["train"]["accuracy"]),
        },
        prolonged(chart, longer),
    )


def prolonged(chart: Chart, times: float) -> Patch:
    """Returns the patch to so many times the epochs, or the seconds if those ended the training."""
    if chart.outcome is not None and chart.outcome.ended_by == "max_seconds":
        seconds = two_digits(times * (chart.spec.max_seconds or 0))
        return replace("/max_seconds", min(seconds, MAX_SECONDS))
    return replace("/epochs", min(two_digits(times * chart.spec.epochs), MAX_EPOCHS))


def two_digits(number: float) -> int:
    """Returns the number rounded up to two digits: more would look more certain than it is."""
    unit = int(10 ** max(0, math.floor(math.log10(number)) - 1))
    return math.ceil(number / unit) * unit


def use_folds(chart: Chart) -> Observation | None:
    """Returns the advice to train on folds, where rows are few."""
    outcome, spec = chart.outcome, chart.spec
    # A model from which it starts may have seen the rows that would be held out.
    if outcome is None or any((spec.folds, spec.start_from, spec.checkpoint, spec.verifies)):
        return None
    per_class, watched = chart.statistics.train_per_class, outcome.result["validation"]
    rows = sum(per_class) + (watched["rows"] if watched else 0)
    if (test := outcome.result["test"]) is None or rows >= FEW_ROWS or min(per_class) < LEAST_FOLDS:
        return None
    low, high = test["accuracy_interval"]
    if high - low < VAGUE:
        return None
    return Observation(
        f"The test rows leave open how well such a network does; with {rows} other rows it costs "
        "little to hold each out from a training in its turn, and to ask about it.",
        {"rows": rows, "accuracy_interval": [short(low), short(high)]},
        remedies.on_folds(spec, min(USUAL_FOLDS, *per_class)),
    )


def changed_classes(chart: Chart) -> Observation | None:
    if (outcome := chart.outcome) is None or outcome.classes_before is None:
        return None
    now, before = outcome.classes, outcome.classes_before
    if {*now} == {*before}:
        return None
    return Observation(
        "This version of the model answers other classes than the one before; it does not become "
        "champion unless it is forced, for its callers would get other answers.",
        {
            "before": before[:NAMED],
            "now": now[:NAMED],
            "gone": [name for name in before if name not in {*now}][:NAMED],
            "new": [name for name in now if name not in {*before}][:NAMED],
        },
    )
