"""A champion whose file was changed is refused, and the one before answers on."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.problems import expect_problem
from tests.service.routes.moving import MODEL, answered_by, put
from worker.jsontypes import Json
from worker.serving import champions, recent
from worker.store.store import Store

ROWS = {"rows": [[1, 0, 0, 0]]}

Tamper = Callable[[int], None]


@pytest.fixture
def tamper(store: Store, root: Path) -> Tamper:
    """Changes the last byte of a version's weights; twice is never."""

    def changed(version: int) -> None:
        path = root / "models" / "cats" / str(version) / "weights.safetensors"
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    return changed


def asked(http: httpx.Client) -> Json:
    answer: Json = http.post(f"{MODEL}/predict", json=ROWS).raise_for_status().json()
    return answer


def test_the_last_good_one_answers_on_and_says_so(http: httpx.Client, tamper: Tamper) -> None:
    before = asked(http)
    tamper(2)
    put(http, 2, force=True).raise_for_status()
    expect_problem(http.post(f"{MODEL}/versions/2/predict", json=ROWS), 500, "damaged_model")
    answer = asked(http)
    assert (answer["version"], answer["predictions"]) == (1, before["predictions"])
    [warning] = answer["warnings"]
    assert (warning["code"], warning["severity"]) == ("champion_unusable", "warning")
    assert "Version 2 is the champion and cannot answer; version 1 does" in warning["message"]
    put(http, 3).raise_for_status()
    assert (asked(http)["version"], asked(http)["warnings"]) == (3, [])


def test_its_file_is_not_read_again_for_every_question(
    http: httpx.Client, tamper: Tamper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent, "FRESH_S", 0.0)
    asked(http)
    tamper(2)
    put(http, 2, force=True).raise_for_status()
    assert asked(http)["version"] == 1
    tamper(2)  # it is as it was
    assert asked(http)["version"] == 1
    monkeypatch.setattr(champions, "RETRY_S", 0.0)
    assert (asked(http)["version"], asked(http)["warnings"]) == (2, [])


def test_a_champion_that_is_loaded_answers_on_whatever_becomes_of_its_file(
    http: httpx.Client, tamper: Tamper
) -> None:
    asked(http)
    tamper(1)
    assert (asked(http)["version"], asked(http)["warnings"]) == (1, [])


def test_where_none_answered_before_the_champion_says_what_is_the_matter(
    http: httpx.Client, tamper: Tamper
) -> None:
    tamper(1)
    expect_problem(http.post(f"{MODEL}/predict", json=ROWS), 500, "damaged_model")


def test_where_the_last_good_one_was_deleted_the_champion_says_so_too(
    http: httpx.Client, tamper: Tamper
) -> None:
    assert answered_by(http) == 1
    tamper(2)
    put(http, 2, force=True).raise_for_status()
    assert answered_by(http) == 1
    assert http.delete(f"{MODEL}/versions/1").status_code == 204
    expect_problem(http.post(f"{MODEL}/predict", json=ROWS), 500, "damaged_model")
