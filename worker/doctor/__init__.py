"""Reads the vital signs of a training and says why it does not learn.

A pure function of the epochs' records, the spec, the data's statistics and, at the end, the
outcome. Each complaint is one as well: it looks at the chart for one thing, and gives a finding or
nothing.
"""

from collections.abc import Callable, Sequence

from worker.doctor import after, before, during, generalization
from worker.doctor.chart import Chart, Statistics
from worker.doctor.finding import SEVERITIES, Finding
from worker.doctor.outcome import Outcome
from worker.jsontypes import Json
from worker.spec import JobSpec


def overfitting(chart: Chart) -> Finding | None:
    """As the validation cost shows it while it happens, or as the measures do at the end."""
    return during.overfitting(chart) or generalization.learned_by_heart(chart)


# Causes stand before what they cause, in each severity.
COMPLAINTS: dict[str, Callable[[Chart], Finding | None]] = {
    "symmetric_start": before.symmetric_start,
    "inputs_not_normalized": before.inputs_not_normalized,
    "learning_rate_too_high": during.learning_rate_too_high,
    "learning_rate_too_low": during.learning_rate_too_low,
    "exploding_gradients": during.exploding_gradients,
    "saturated_units": during.saturated_units,
    "dead_units": during.dead_units,
    "vanishing_gradients": during.vanishing_gradients,
    "not_learning": during.not_learning,
    "below_chance": generalization.below_chance,
    "one_class_only": generalization.one_class_only,
    "no_better_than_guessing": generalization.no_better_than_guessing,
    "overfitting": overfitting,
    "still_falling": after.still_falling,
    "changed_classes": after.changed_classes,
    "linear_collapse": before.linear_collapse,
    "class_imbalance": before.class_imbalance,
    "too_few_test_rows": before.too_few_test_rows,
    "constant_features": before.constant_features,
}

# A finding is withheld where another explains it and its own patch would not help: without a
# gradient nothing moves at any rate, another activation does not make long steps shorter, more
# epochs do not help where rows are learned by heart, and a network whose steps have thrown it about
# has not learned them by heart.
EXPLAINED_BY = {
    "learning_rate_too_low": {"symmetric_start", "dead_units", "vanishing_gradients"},
    "vanishing_gradients": {"saturated_units", "learning_rate_too_high"},
    "dead_units": {"saturated_units"},
    "overfitting": {"saturated_units", "exploding_gradients", "learning_rate_too_high"},
    "no_better_than_guessing": {"below_chance", "one_class_only"},
    "still_falling": {"overfitting", "learning_rate_too_low", "learning_rate_too_high"},
}


def examine(
    epochs: Sequence[Json],
    spec: JobSpec,
    statistics: Statistics,
    outcome: Outcome | None = None,
) -> list[Finding]:
    """All findings on the epochs so far: the most severe first, causes before what they cause."""
    chart = Chart(epochs, spec, statistics, outcome)
    found = {code: finding for code, look in COMPLAINTS.items() if (finding := look(chart))}
    told = [f for code, f in found.items() if not EXPLAINED_BY.get(code, set()) & found.keys()]
    return sorted(told, key=lambda finding: SEVERITIES.index(finding.severity))
