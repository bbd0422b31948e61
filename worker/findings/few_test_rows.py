"""Whether there are enough test rows to measure a model by."""

from collections.abc import Callable

from worker.findings.finding import short
from worker.findings.intervals import widest_half_width
from worker.findings.rule import Observation, Rule, Subject

FEW_ROWS = 100  # on which an accuracy of one half is known to within ten points


def few_test_rows(rows_of: Callable[[Subject], int]) -> Rule[Subject]:
    """Returns the rule for subjects of this kind.

    Args:
        rows_of: returns how many test rows a subject has.
    """
    return Rule("few_test_rows", "warning", lambda subject: seen(rows_of(subject)))


def seen(rows: int) -> Observation | None:
    """Returns how far off an accuracy on so many rows may be; None where there are enough."""
    if rows >= FEW_ROWS:
        return None
    within = widest_half_width(rows)
    return Observation(
        f"{rows} test rows measure an accuracy only to within {100 * within:.0f} percentage points "
        "(95 % Wilson interval); do not rank models by smaller differences.",
        {"test_rows": rows, "accuracy_within": short(within)},
    )
