"""Networks that do not learn are found, and the patches of their findings cure them."""

import pytest

from tests.worker.doctor.patients import framed, patched, spec_of, visit
from tests.worker.doctor.sick import SICK, Sick
from worker.doctor import remedies

pytestmark = pytest.mark.usefixtures("one_thread")

HELD_BACK = remedies.held_back(spec_of())

# By what the patches of other findings are judged; the rest by the training rows' cost.
HELPS = {"overfitting": "unseen_cost", "class_imbalance": "missed_cats"}


@pytest.mark.parametrize("case", SICK, ids=lambda case: f"{case.code} on {case.data}")
def test_the_sick_are_found_and_cured_and_no_patch_makes_it_worse(
    case: Sick, request: pytest.FixtureRequest
) -> None:
    patient = case.changed(request.getfixturevalue(case.data))
    before = visit(patient, spec_of(**case.spec))
    assert case.code in before.findings
    after = visit(patient, patched(before.spec, before.findings[case.code].patch))
    again = after.findings.get(case.code)  # with few rows some are learned by heart all the same
    assert again is None or (case.code, again.patch) == ("overfitting", HELD_BACK)
    assert getattr(after, case.lowers) < getattr(before, case.lowers)
    for code, finding in before.findings.items():
        # More epochs of the same are the same for as long as both go on.
        if code not in (case.code, "still_falling") and finding.patch:
            also = visit(patient, patched(before.spec, finding.patch))
            measure = HELPS.get(code, "trained_cost")
            assert getattr(also, measure) <= getattr(before, measure), code


# What no spec can cure: the rows are to blame, and the doctor says so.


@pytest.mark.parametrize("data", ["sketches", "course's pictures"])
def test_rows_that_never_change_are_mentioned(data: str, request: pytest.FixtureRequest) -> None:
    patient = framed(request.getfixturevalue(data))
    finding = visit(patient, spec_of(epochs=1)).findings["constant_features"]
    size = patient.shape[0]
    assert (finding.severity, finding.patch) == ("info", [])
    assert finding.evidence["constant_features"] >= 3 * (size * size - (size - 2) ** 2) / 2


def test_fifty_test_rows_are_too_few(request: pytest.FixtureRequest) -> None:
    patient = request.getfixturevalue("course's pictures")
    finding = visit(patient, spec_of(epochs=1)).findings["few_test_rows"]
    assert (finding.severity, finding.patch) == ("warning", [])
    assert finding.evidence == {"test_rows": 50, "accuracy_within": 0.1336}
