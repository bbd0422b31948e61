import pytest

from worker.serving.recent import FRESH_S, Recent


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr("worker.serving.recent.time.monotonic", lambda: now[0])
    return now


def test_what_was_found_is_remembered_for_a_moment(clock: list[float]) -> None:
    found = Recent[int]()
    assert found.get("cats", "champion") is None
    found.keep("cats", "champion", 3)
    clock[0] += 0.9 * FRESH_S
    assert found.get("cats", "champion") == 3
    assert found.get("cats", "next") is None
    clock[0] += 0.2 * FRESH_S
    assert found.get("cats", "champion") is None


def test_a_model_that_was_changed_is_forgotten_alone(clock: list[float]) -> None:
    found = Recent[int]()
    for name in ("cats", "dogs"):
        found.keep(name, "champion", 1)
    found.forget("cats")
    found.forget("cats")
    assert (found.get("cats", "champion"), found.get("dogs", "champion")) == (None, 1)


def test_what_is_too_old_takes_no_memory(clock: list[float]) -> None:
    found = Recent[int]()
    for number in range(9):
        found.keep(f"model {number}", "champion", number)
        clock[0] += FRESH_S / 2
    assert len(found._found) <= 3
