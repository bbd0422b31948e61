import pytest

from worker.findings.few_test_rows import few_test_rows
from worker.findings.finding import Finding, short
from worker.findings.rule import Observation, Rule, findings


def over(limit: int) -> Rule[int]:
    """A rule about numbers above a limit; above ten times the limit it is severe."""

    def look(number: int) -> Observation | None:
        if number <= limit:
            return None
        return Observation("Too large.", severity="severe" if number > 10 * limit else None)

    return Rule(f"over_{limit}", "warning", look)


def test_a_rule_that_sees_nothing_makes_no_finding() -> None:
    assert over(5).finding(5) is None


def test_a_finding_has_the_severity_of_its_rule_unless_the_observation_has_another() -> None:
    assert over(5).finding(6) == Finding("over_5", "warning", "Too large.")
    assert over(5).finding(51) == Finding("over_5", "severe", "Too large.")


def test_findings_come_in_the_order_of_their_rules() -> None:
    assert [finding.code for finding in findings([over(7), over(5)], 9)] == ["over_7", "over_5"]


def test_what_another_finding_explains_is_left_out_even_where_that_one_is_left_out_too() -> None:
    explained = over(5)._replace(explained_by=("over_7",))
    again = over(3)._replace(explained_by=("over_5",))
    assert [finding.code for finding in findings([over(7), explained, again], 9)] == ["over_7"]
    assert [finding.code for finding in findings([over(7), explained, again], 6)] == ["over_5"]


def test_only_a_finding_with_evidence_is_sent_with_evidence_and_patch() -> None:
    plain = {"code": "a", "severity": "info", "message": "So."}
    assert Finding("a", "info", "So.").as_dict() == plain
    shown = Finding("a", "info", "So.", {"rows": 1}).as_dict()
    assert shown == {**plain, "evidence": {"rows": 1}, "patch": []}


@pytest.mark.parametrize(
    ("number", "said"), [(0.123456, 0.1235), (float("inf"), None), (float("nan"), None)]
)
def test_evidence_has_four_digits_and_nothing_that_json_cannot_say(
    number: float, said: float | None
) -> None:
    assert short(number) == said


def test_few_test_rows_are_told_with_what_they_can_measure() -> None:
    rule: Rule[list[int]] = few_test_rows(len)
    assert rule.finding([0] * 100) is None
    finding = rule.finding([0] * 50)
    assert finding is not None
    assert finding.message.startswith("50 test rows measure an accuracy only to within 13 ")
    assert finding.evidence == {"test_rows": 50, "accuracy_within": 0.1336}
