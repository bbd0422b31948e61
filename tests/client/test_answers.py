"""What the service says is kept, and shown well, also by other versions of it."""

import pytest
from pydantic import BaseModel

import service.schemas.aliases
import service.schemas.datasets
import service.schemas.jobs
import service.schemas.models
import service.schemas.predictions
from purrceptron import Alias, Dataset, Epoch, Finding, Job, ModelSummary, Predictions, Version

OLDEST = {"id": "job_1", "state": "queued"}
NEWEST = {
    **OLDEST,
    "state": "dreaming",
    "dreams": {"of": "mice"},
    "model": {"name": "m", "version": 2, "mood": 1},
}

FINDING = {"code": "overfitting", "severity": "warning", "message": "By heart.", "evidence": {}}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Alias, service.schemas.aliases.Alias),
        (Dataset, service.schemas.datasets.Dataset),
        (Epoch, service.schemas.jobs.Epoch),
        (Job, service.schemas.jobs.Job),
        (ModelSummary, service.schemas.models.Model),
        (Predictions, service.schemas.predictions.Answer),
        (Version, service.schemas.models.Version),
    ],
)
def test_all_fields_are_those_of_the_service(
    ours: type[BaseModel], theirs: type[BaseModel]
) -> None:
    assert {*ours.model_fields} - {*theirs.model_fields} == set()


def test_an_older_service_may_tell_less() -> None:
    known = Job.model_validate(OLDEST)
    assert (known.findings, known.result) == ([], None)


def test_what_a_newer_service_tells_is_there() -> None:
    known = Job.model_validate(NEWEST)
    assert known.dreams == {"of": "mice"}  # type: ignore[attr-defined]
    assert known.model is not None
    assert known.model.mood == 1  # type: ignore[attr-defined]
    assert "dreams   of mice" in str(known)


def test_an_answer_is_printed_line_by_line() -> None:
    findings = [FINDING, {**FINDING, "code": "few_rows"}]
    result = {"temperature": 1 / 3, "validation": None, "test": {"rows": 2, "confusion": [[1, 0]]}}
    known = Job.model_validate({**OLDEST, "findings": findings, "result": result})
    assert str(known).splitlines() == [
        "id        job_1",
        "state     queued",
        "attempt   0",
        "findings  warning overfitting: By heart.",
        "          warning few_rows: By heart.",
        "result    temperature 0.333333",
        "          test: rows 2, confusion ((1, 0))",
    ]


def test_an_interpreter_shows_what_counts() -> None:
    known = Job.model_validate({**OLDEST, "spec": {"epochs": 3}})
    assert repr(known) == "Job(id='job_1', state='queued')"


def test_lines_end_where_the_terminal_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    assert str(Finding(code="x" * 40, severity="info", message="m")).splitlines()[0] == (
        "code      xxxxxxxxx…"
    )


def test_control_codes_in_a_name_do_not_reach_the_terminal() -> None:
    shown = str(Dataset(id="ds_1", state="ready", name="\x1b[31mred\n", classes=["a\x07"]))
    assert r"\x1b[31mred\n" in shown
    assert r"a\x07" in shown
