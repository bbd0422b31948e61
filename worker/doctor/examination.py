"""All findings on a training: a function of its epochs, its spec, its data and how it ended."""

from collections.abc import Sequence
from dataclasses import replace

from worker.doctor import after, before, during, generalization
from worker.doctor.chart import Chart, Statistics
from worker.doctor.outcome import Outcome
from worker.doctor.remedies import applicable
from worker.findings.few_test_rows import few_test_rows
from worker.findings.finding import SEVERITIES, Finding
from worker.findings.rule import Observation, Rule, findings
from worker.jsontypes import Json
from worker.spec import JobSpec


def overfitting(chart: Chart) -> Observation | None:
    """Returns overfitting as the validation loss shows it during the training, or as the measures
    show it at the end."""
    return during.overfitting(chart) or generalization.learned_by_heart(chart)


# What keeps a network from learning at all.
UNLEARNED = (
    "symmetric_start", "inputs_not_normalized", "learning_rate_too_high", "learning_rate_too_low",
    "exploding_gradients", "saturated_units", "dead_units", "vanishing_gradients", "not_learning",
    "below_chance",
)  # fmt: skip

# Within each severity a cause stands before what it causes.
# What another finding explains is left out, because its own patch would not help:
# - where there is no gradient, no learning rate moves the weights;
# - where steps are too long, another activation does not make them shorter;
# - where the rows are learned by heart, more epochs do not help;
# - where steps throw the weights about, the rows are not learned by heart;
# - where something else keeps a network from learning, nobody knows what it needs.
COMPLAINTS: tuple[Rule[Chart], ...] = (
    Rule("symmetric_start", "severe", before.symmetric_start),
    Rule("inputs_not_normalized", "severe", before.inputs_not_normalized),
    Rule("learning_rate_too_high", "severe", during.learning_rate_too_high),
    Rule("learning_rate_too_low", "severe", during.learning_rate_too_low,
         explained_by=("symmetric_start", "dead_units", "vanishing_gradients")),
    Rule("exploding_gradients", "severe", during.exploding_gradients),
    Rule("saturated_units", "severe", during.saturated_units),
    Rule("dead_units", "severe", during.dead_units, explained_by=("saturated_units",)),
    Rule("vanishing_gradients", "severe", during.vanishing_gradients,
         explained_by=("saturated_units", "learning_rate_too_high")),
    Rule("not_learning", "severe", during.not_learning),
    Rule("below_chance", "severe", generalization.below_chance),
    Rule("one_class_only", "severe", generalization.one_class_only),
    Rule("no_better_than_guessing", "severe", generalization.no_better_than_guessing,
         explained_by=("below_chance", "one_class_only")),
    Rule("use_backbone", "warning", generalization.use_backbone, explained_by=UNLEARNED),
    Rule("overfitting", "warning", overfitting,
         explained_by=("saturated_units", "exploding_gradients", "learning_rate_too_high")),
    Rule("still_falling", "warning", after.still_falling,
         explained_by=("overfitting", "learning_rate_too_low", "learning_rate_too_high")),
    Rule("changed_classes", "warning", after.changed_classes),
    Rule("linear_collapse", "warning", before.linear_collapse),
    Rule("class_imbalance", "warning", before.class_imbalance),
    few_test_rows(lambda chart: chart.statistics.test_rows),
    Rule("use_folds", "info", after.use_folds, explained_by=UNLEARNED),
    Rule("constant_features", "info", before.constant_features),
)  # fmt: skip


def examine(
    epochs: Sequence[Json],
    spec: JobSpec,
    statistics: Statistics,
    outcome: Outcome | None = None,
) -> list[Finding]:
    """Returns all findings on the epochs so far: the most severe first, and in each severity
    causes before what they cause.

    Args:
        epochs: rows of the metrics, in their order; none before the first epoch.
        outcome: how the training ended; None while it goes on.
    """
    found = [
        replace(finding, patch=applicable(finding.patch, spec))
        for finding in findings(COMPLAINTS, Chart(epochs, spec, statistics, outcome))
    ]
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))
