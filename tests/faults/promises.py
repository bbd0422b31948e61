"""A short run of scenarios, and what is expected of it."""

import pytest

from tests.faults.runs import QUICK, SCENARIOS, may_mount, perform
from worker.jsontypes import Json


def expect_kept(what: str, twins: dict[str, Json]) -> None:
    """Perform the scenarios of that name, and fail with a complaint if a promise was broken."""
    if any(SCENARIOS[name].small_disk for name in QUICK[what]) and not may_mount():
        pytest.skip("needs to mount a small disk, as root may")
    outcome = perform(QUICK[what], twins)
    assert not outcome.failed, outcome.complaint()
