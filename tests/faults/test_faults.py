"""The whole service keeps its promises while it is broken; `make faults` does much more of it."""

import pytest

from tests.faults.runs import QUICK, SCENARIOS, may_mount, perform
from worker.jsontypes import Json

pytestmark = pytest.mark.timeout(600)  # a busy machine takes minutes to start again what it killed


@pytest.mark.parametrize("what", QUICK)
def test_every_promise_is_kept_when(what: str, twins: dict[str, Json]) -> None:
    if any(SCENARIOS[name].small_disk for name in QUICK[what]) and not may_mount():
        pytest.skip("needs to mount a small disk, as root may")
    outcome = perform(QUICK[what], twins)
    assert not outcome.failed, outcome.complaint()
