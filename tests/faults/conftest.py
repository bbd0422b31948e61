"""What the tests under faults share."""

import fcntl
import json
import os

import pytest

from tests.faults.bench import undisturbed
from tests.faults.runs import empty_folder
from worker.jsontypes import Json


@pytest.fixture(scope="session")
def twins(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Json]:
    """What undisturbed jobs come to, found by the first process of the run that asks."""
    of_process = tmp_path_factory.getbasetemp()
    of_run = of_process.parent if "PYTEST_XDIST_WORKER" in os.environ else of_process
    found = of_run / "twins.json"
    with (of_run / "twins.lock").open("w") as lock, empty_folder() as folder:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not found.exists():
            found.write_text(json.dumps(undisturbed(folder)))
        twins: dict[str, Json] = json.loads(found.read_text())
    return twins


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Faults are built into the program, one after the other, when somebody asks for it."""
    if os.environ.get("PURR_FAULTS"):
        return
    for item in items:
        if item.path.name == "test_mutants.py" and "twins" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason="takes minutes: `make faults` does it"))
