"""Rules about a finished model's answers on rows that it has not seen."""

from typing import Any

from worker.doctor import remedies
from worker.doctor.chart import Chart
from worker.doctor.remedies import replace
from worker.findings.finding import short
from worker.findings.rule import Observation
from worker.jsontypes import Json

FEW_PICTURES = 5_000  # of which a network that starts from nothing learns less than one of features
WELL = 0.95  # of the test rows that are right: where that may be, a backbone has little to add


def use_backbone(chart: Chart) -> Observation | None:
    """Returns the advice to learn from the features of a backbone, where pictures are few."""
    if chart.outcome is None or (test := chart.outcome.result["test"]) is None:
        return None
    rows, backbone = sum(chart.statistics.train_per_class), chart.outcome.backbone
    few = chart.statistics.pictures and rows < FEW_PICTURES
    if not few or test["accuracy_interval"][1] >= WELL:
        return None
    return Observation(
        f"{rows:,} pictures are few to learn from nothing: what a backbone, a network that has "
        f"seen many, makes of them is likely to be learned better; {use_of(backbone)}.",
        {
            "train_rows": rows,
            "accuracy": short(test["accuracy"]),
            "accuracy_interval": interval_of(test["accuracy_interval"]),
            "backbone": backbone,
        },
        remedies.on_features(chart.spec, backbone) if backbone else [],
    )


def use_of(backbone: str | None) -> str:
    if backbone is None:
        return "add one by POST /v1/backbones or `purr backbones add`, and name it in the next job"
    return f"train on {backbone!r}, as the patch does"


def learned_by_heart(chart: Chart) -> Observation | None:
    """Returns overfitting as the measures at the end show it."""
    if chart.outcome is None or (unseen := chart.outcome.unseen) is None:
        return None
    train = chart.outcome.result["train"]
    # A model that always names one class is more accurate on a split that has more rows of it.
    least = max(unseen["accuracy_interval"][1], train["majority_baseline"])
    if train["accuracy_interval"][0] <= least:
        return None
    return Observation(
        "The network learned the training rows by heart: it is right on more of them than on rows "
        "that it has not seen, by more than chance explains. More rows help most.",
        {
            "accuracy": short(train["accuracy"]),
            "unseen_accuracy": short(unseen["accuracy"]),
            "unseen_interval": interval_of(unseen["accuracy_interval"]),
        },
        remedies.held_back(chart.spec),
    )


def one_class_only(chart: Chart) -> Observation | None:
    if chart.outcome is None or (unseen := chart.outcome.unseen) is None:
        return None
    answered = [at for at, said in enumerate(columns(unseen)) if said]
    if len(answered) != 1 or sum(map(bool, rows_of(unseen))) < 2:
        return None
    always = chart.outcome.classes[answered[0]]
    balanced = replace("/class_weights", "balanced")
    return Observation(
        f"The model answers {always!r} whatever it is asked: on rows that it has not seen it never "
        "gave another answer.",
        {"answer": always, "rows": unseen["rows"], "accuracy": short(unseen["accuracy"])},
        [] if chart.spec.class_weights or not chart.uneven else balanced,
    )


def no_better_than_guessing(chart: Chart) -> Observation | None:
    if chart.outcome is None or (unseen := chart.outcome.unseen) is None:
        return None
    baseline, ranked = unseen["majority_baseline"], unseen["auc_interval"]
    if unseen["accuracy_interval"][0] > baseline:
        return None
    # The accuracy may be low only because the threshold is bad; the AUC does not depend on it.
    orders = ranked is not None and ranked[0] > 0.5
    hopeless = unseen["accuracy"] <= baseline and not orders
    return Observation(
        "On rows that it has not seen, the model is not shown to be better than a guess that "
        "always names the most frequent class.",
        {
            "accuracy": short(unseen["accuracy"]),
            "accuracy_interval": interval_of(unseen["accuracy_interval"]),
            "majority_baseline": short(baseline),
        },
        [],
        severity="severe" if hopeless else "warning",
    )


def below_chance(chart: Chart) -> Observation | None:
    if chart.outcome is None or (unseen := chart.outcome.unseen) is None:
        return None
    chance, interval = 0.5, unseen["auc_interval"]
    if len(chart.outcome.classes) > 2:
        chance, interval = agreement_by_chance(unseen), unseen["accuracy_interval"]
    if interval is None or interval[1] >= chance:
        return None
    measure = "auc" if len(chart.outcome.classes) == 2 else "accuracy"
    return Observation(
        "On rows that it has not seen the model is wrong more often than chance would be. Their "
        "labels are likely swapped, or mean something else than those of the training rows.",
        {measure: short(unseen[measure]), "interval": interval_of(interval),
         "chance": short(chance)},
    )  # fmt: skip


def rows_of(scores: Json) -> list[int]:
    """Returns how many rows each class has, (classes,)."""
    return [sum(row) for row in scores["confusion"]]


def columns(scores: Json) -> list[int]:
    """Returns how often each class was answered, (classes,)."""
    return [sum(column) for column in zip(*scores["confusion"], strict=True)]


def agreement_by_chance(scores: Json) -> float:
    """Returns the accuracy of answers that are as frequent as these, but do not depend on the row.

    Source: Cohen, A coefficient of agreement for nominal scales, 1960.
    """
    pairs = zip(rows_of(scores), columns(scores), strict=True)
    return sum(there * said for there, said in pairs) / float(scores["rows"] ** 2)


def interval_of(ends: list[Any]) -> list[float | None]:
    return [short(end) for end in ends]
