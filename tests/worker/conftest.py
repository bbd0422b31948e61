"""What tests of the worker may ask for."""

import pytest

from worker import run


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps are taken one by one, and after each of them the watcher is asked."""
    monkeypatch.setattr(run, "AT_ONCE_S", 0.0)
