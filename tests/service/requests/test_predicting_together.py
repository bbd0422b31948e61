"""Many callers who ask a large network at the same time."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.problems import expect_problem
from tests.service.requests.asked import JSON, cats, npy
from tests.worker.serving.test_loaded_models import publish
from worker.serving.loaded_models import QUICK_NUMBERS
from worker.serving.together import MOST_ROWS, Together
from worker.store.store import Store

LARGE = "/v1/models/large/predict"
TIMES = 3


@pytest.fixture(scope="module", autouse=True)
def large(shelf: Path) -> None:
    publish(Store(shelf), "large", shape=(3,), hidden=QUICK_NUMBERS // 4, weight=1e-3)


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many callers each computation was for, from here on."""
    found: list[int] = []
    compute = Together._compute

    def counted(self: Together, network: Any, batch: Any) -> None:
        found.append(len(batch))
        compute(self, network, batch)

    monkeypatch.setattr(Together, "_compute", counted)
    return found


def ask(asked: httpx.Client, row: list[float]) -> httpx.Response:
    if row[0] % 2:
        return asked.post(LARGE, content=npy([row]))
    return asked.post(LARGE, json={"rows": [row]})


def test_each_has_the_answer_that_it_would_have_alone(
    asked: httpx.Client, batches: list[int]
) -> None:
    rows = [[float(number), 0.5, -0.25] for number in range(MOST_ROWS)]
    alone = [cats(ask(asked, row)) for row in rows]
    with ThreadPoolExecutor(len(rows)) as pool:
        found = list(pool.map(lambda row: cats(ask(asked, row)), rows * TIMES))
    assert found == [pytest.approx(each, abs=1e-12) for each in alone * TIMES]
    assert batches[: len(rows)] == [1] * len(rows)
    assert max(batches) > 1


def test_rows_that_are_refused_do_not_hurt_the_others(asked: httpx.Client) -> None:
    bodies = [b'{"rows": [[1, 2, 3]]}', b'{"rows": [[1, 2]]}', b'{"rows": [[1, "x", 3]]}'] * 4
    with ThreadPoolExecutor(len(bodies)) as pool:
        found = list(pool.map(lambda body: asked.post(LARGE, content=body, headers=JSON), bodies))
    for number, each in enumerate(found):
        if number % 3:
            expect_problem(each, 422, "invalid_parameter")
        else:
            assert len(cats(each)) == 1
