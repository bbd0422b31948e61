"""A refusal is an error with the fields of its problem."""

import httpx
import pytest

import purrceptron
from purrceptron import Client, Forbidden, Invalid, PurrError, Refused
from purrceptron.errors import BY_STATUS, Failed, refusal
from service.errors import CODES, STATUS
from tests.client.scripted import Scripted, job

OTHERWISE = {400, 413, 415, 422, 431, 460, 500, 502}  # mend the request, or look at the log


def test_each_status_of_the_service_has_a_class_or_is_left_to_the_rest() -> None:
    assert ({*STATUS.values()} | {*CODES}) - {405} == {*BY_STATUS} | OTHERWISE


def test_a_problem_is_told_with_all_its_fields(service: Scripted, purr: Client) -> None:
    faults = [{"pointer": "/epochs", "detail": "too few"}, {"parameter": "x", "detail": "unknown"}]
    service.refuse(422, "invalid_parameter", errors=faults, request_id="abc", errors_left_out=3)
    with pytest.raises(Invalid) as told:
        purr.jobs.create("ds_1")
    error = told.value
    assert (error.code, error.status, error.request_id) == ("invalid_parameter", 422, "abc")
    assert error.faults == [("/epochs", "too few"), ("x", "unknown")]
    assert error.problem["errors_left_out"] == 3
    assert str(error) == "It is invalid_parameter. (invalid_parameter)"


@pytest.mark.parametrize("body", ["", "[]", '"no"', '{"error": "no"}'])
def test_an_answer_in_other_words_is_told_by_its_status(body: str) -> None:
    request = httpx.Request("GET", "http://purr.example/v1/jobs")
    error = refusal(httpx.Response(403, text=body, request=request))
    assert isinstance(error, Forbidden)
    assert error.code == "http_403"
    assert "http://purr.example/v1/jobs answered 403 Forbidden" in error.detail


@pytest.mark.parametrize("errors", [7, "no", {"detail": "no"}, None, [7, None]])
def test_places_in_other_words_are_none(service: Scripted, purr: Client, errors: object) -> None:
    service.refuse(422, "invalid_parameter", errors=errors)
    with pytest.raises(Invalid) as told:
        purr.jobs.get("job_1")
    assert told.value.faults == []


@pytest.mark.parametrize("header", ["", "soon", "-1", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_time_that_is_no_number_is_none(header: str) -> None:
    request = httpx.Request("GET", "http://purr.example")
    answer = httpx.Response(503, headers={"Retry-After": header}, request=request)
    assert refusal(answer).retry_after_s is None


def test_all_errors_are_of_one_family() -> None:
    known = [getattr(purrceptron, name) for name in purrceptron.__all__]
    errors = [kind for kind in known if isinstance(kind, type) and issubclass(kind, Exception)]
    assert len(errors) == 14
    assert all(issubclass(kind, PurrError) for kind in errors)
    assert all(issubclass(kind, Refused) for kind in BY_STATUS.values())


def test_control_codes_of_a_stranger_do_not_reach_the_terminal(
    service: Scripted, purr: Client
) -> None:
    service.say(job("failed", problem={"code": "x", "detail": "no \x1b[2J row"}))
    with pytest.raises(Failed) as told:
        purr.jobs.get("job_1").wait()
    assert str(told.value) == r"no \x1b[2J row (x)"
