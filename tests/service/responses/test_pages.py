import json
from collections.abc import Iterator

import httpx
import pytest
import redis
from pydantic import BaseModel

from service.responses.pages import PAGE_BYTES, listed, page
from tests.service.conftest import MANIFEST
from worker.jobs.record import State, new_id
from worker.jobs.transitions import Transitions, open_records


class Item(BaseModel):
    text: str


def items(*sizes: int) -> Iterator[tuple[str, Item]]:
    return ((str(number), Item(text="x" * size)) for number, size in enumerate(sizes, 1))


@pytest.mark.parametrize(
    ("sizes", "limit", "shown", "after"),
    [
        ((), 5, 0, None),
        ((1, 1), 5, 2, None),
        ((1, 1), 2, 2, None),
        ((1, 1, 1), 2, 2, "2"),
        ((PAGE_BYTES, 1), 5, 1, "1"),
        ((PAGE_BYTES * 3,), 5, 1, None),
        ((PAGE_BYTES // 2, PAGE_BYTES // 2, PAGE_BYTES // 2, 1), 9, 2, "2"),
    ],
)
def test_a_page_ends_at_its_limit_or_when_it_is_large(
    sizes: tuple[int, ...], limit: int, shown: int, after: str | None
) -> None:
    found = json.loads(bytes(page(items(*sizes), limit).body))
    assert len(found["data"]) == shown
    assert found["next"] == after


def test_no_more_is_taken_than_one_behind_the_page() -> None:
    taken = []

    def taking() -> Iterator[tuple[str, Item]]:
        for cursor, item in items(*[1] * 100):
            taken.append(cursor)
            yield cursor, item

    assert listed(taking(), 3).next == "3"
    assert len(taken) == 4


def test_records_of_a_megabyte_come_on_many_pages_each_once(
    http: httpx.Client, client: redis.Redis
) -> None:
    """The names of a thousand classes may be as long as they like."""
    records: Transitions = open_records(client)["ds"]
    manifest = {**MANIFEST, "classes": [f"{n:04}" + "ü" * 250 for n in range(1000)]}
    made = []
    for _ in range(6):
        made.append(records.create(new_id("ds"), {"name": "pictures"}).id)
        records.finish(records.claim(made[-1], "w", 10), State.SUCCEEDED, {"result": manifest})
    seen: list[str] = []
    after = None
    while True:
        answer = http.get("/v1/datasets", params={"after": after} if after else {})
        assert len(answer.content) < 4 * PAGE_BYTES
        seen += [dataset["id"] for dataset in answer.json()["data"]]
        after = answer.json()["next"]
        if after is None:
            break
    assert seen == made[::-1]
