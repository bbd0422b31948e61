"""What the tests under faults share."""

import os

import pytest

from tests.faults.bench import undisturbed
from tests.faults.runs import empty_folder
from worker.jsontypes import Json


@pytest.fixture(scope="session")
def twins() -> dict[str, Json]:
    """What undisturbed jobs come to."""
    with empty_folder() as folder:
        return undisturbed(folder)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Faults are built into the program, one after the other, when somebody asks for it."""
    if os.environ.get("PURR_FAULTS"):
        return
    for item in items:
        if item.path.name == "test_mutants.py" and "twins" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason="takes minutes: `make faults` does it"))
