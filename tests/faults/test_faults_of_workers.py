"""Workers die, hang and hear messages twice, and all promises are kept.

`make faults` does much more of it.
"""

import pytest

from tests.faults.promises import expect_kept
from tests.faults.runs import QUICK_OF_WORKERS
from worker.jsontypes import Json

pytestmark = pytest.mark.timeout(600)  # a busy machine takes minutes to start again what it killed


@pytest.mark.parametrize("what", QUICK_OF_WORKERS)
def test_every_promise_is_kept_when(what: str, twins: dict[str, Json]) -> None:
    expect_kept(what, twins)
