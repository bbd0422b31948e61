"""Lists by model, dataset and tag: whole, in order, and at a bounded cost."""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import pytest
import redis

from worker.jobs import filtered_pages
from worker.jobs.filtered_pages import Filter
from worker.jobs.record import State, new_id
from worker.jobs.redis_records import AT_ONCE, TRASHED
from worker.jobs.transitions import Transitions, open_records

SMALL = Filter("tag", "small")
CATS = Filter("model", "cats")


@pytest.fixture
def jobs(client: redis.Redis) -> Transitions:
    return open_records(client)["job"]


@pytest.fixture
def datasets(client: redis.Redis) -> Transitions:
    return open_records(client)["ds"]


NUMBERS = count()  # ids of the same millisecond would come in any order


def made(records: Transitions, **body: Any) -> str:
    record_id = f"{records.kind}_{next(NUMBERS):032x}"
    return records.create(record_id, {"dataset": "ds_1", "model": "cats", **body}).id


def paged(
    records: Transitions, parts: Sequence[str], filters: Sequence[Filter], limit: int = 2
) -> list[str]:
    """All ids, a page after the other."""
    found: list[str] = []
    after: str | None = None
    while True:
        page = [*records.filtered(parts, filters, limit, after)]
        found += [each for each, record in page if record]
        if not page:
            return found
        after = page[-1][0]


def commands(client: redis.Redis, look: Callable[[], bool]) -> dict[str, int]:
    """How often Redis is told each command meanwhile."""
    client.config_resetstat()
    assert look()
    told: Any = client.info("commandstats")
    return {name.removeprefix("cmdstat_"): each["calls"] for name, each in told.items()}


def test_pages_have_what_passes_all_filters_the_newest_first(jobs: Transitions) -> None:
    ids = [
        made(jobs, model="cats" if n % 2 else "dogs", tags=["small"] * (n < 7)) for n in range(9)
    ]
    jobs.cancel(ids[3])
    newest = ids[::-1]
    assert paged(jobs, [], []) == newest
    assert paged(jobs, [], [CATS]) == [ids[n] for n in (7, 5, 3, 1)]
    assert paged(jobs, [], [CATS, SMALL]) == [ids[n] for n in (5, 3, 1)]
    assert paged(jobs, [State.QUEUED], [CATS, SMALL]) == [ids[n] for n in (5, 1)]
    assert paged(jobs, [State.QUEUED, State.CANCELLED], [SMALL]) == newest[2:]
    assert paged(jobs, [], [Filter("dataset", "ds_2")]) == []


def test_a_page_that_looked_far_ends_and_the_next_goes_on(
    jobs: Transitions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filtered_pages, "LOOKED_AT", 4)
    monkeypatch.setattr(filtered_pages, "AT_ONCE", 2)
    wanted = made(jobs, tags=["small"])
    others = [made(jobs, model="dogs", tags=["small"]) for _ in range(5)]
    for _ in range(6):
        made(jobs)
    assert [*jobs.filtered([], [CATS, SMALL], 2, None)] == [(others[1], None)]
    assert paged(jobs, [], [CATS, SMALL]) == [wanted]


def test_labels_move_a_record_from_tag_to_tag(jobs: Transitions, client: redis.Redis) -> None:
    job = made(jobs, tags=["old"])
    assert jobs.label(job, {"notes": "", "tags": ["small"]})
    assert (paged(jobs, [], [SMALL]), client.exists("purr:jobs:tag:old")) == ([job], 0)
    assert jobs.get(job).tags == ["small"]
    assert not jobs.label(new_id("job"), {"notes": "", "tags": ["small"]})


def test_a_dataset_is_known_by_what_it_turned_out_to_be(datasets: Transitions) -> None:
    ids = [made(datasets, dry_run=n == 1, tags=["small"]) for n in range(3)]
    for each, kind in zip(ids[:2], ("images", "table"), strict=True):
        claimed = datasets.claim(each, "w", 10)
        datasets.finish(claimed, State.SUCCEEDED, {"result": {"kind": kind}})
    assert paged(datasets, [], [Filter("kind", "images")]) == [ids[0]]
    assert paged(datasets, [], [Filter("as", "checked"), SMALL]) == [ids[1]]
    assert paged(datasets, [State.SUCCEEDED], [Filter("as", "ready")]) == [ids[0]]


def test_what_is_in_the_trash_passes_no_filter(datasets: Transitions, client: redis.Redis) -> None:
    kept, trashed = (made(datasets, tags=["small"]) for _ in range(2))
    datasets.change(trashed, {"state": [State.QUEUED]}, {"trashed_until": "9"})
    assert paged(datasets, [], []) == paged(datasets, [], [SMALL]) == [kept]
    assert paged(datasets, [TRASHED], [SMALL]) == paged(datasets, [TRASHED], []) == [trashed]


@pytest.mark.parametrize(("parts", "filters"), [([], []), ([State.QUEUED], []), ([], [SMALL])])
def test_a_list_by_one_thing_is_a_plain_page(
    jobs: Transitions, client: redis.Redis, parts: list[str], filters: list[Filter]
) -> None:
    ids = [made(jobs, tags=["small"]) for _ in range(3)]
    asked = commands(client, lambda: paged(jobs, parts, filters, 3) == ids[::-1])
    assert {name for name in asked if name.startswith("eval")} == set()
    assert asked["zrevrangebylex"] == 2  # the second page is empty


def test_a_list_by_several_things_is_read_as_far_as_it_is_looked_at(
    jobs: Transitions, client: redis.Redis
) -> None:
    ids = [made(jobs, tags=["small"]) for _ in range(AT_ONCE + 1)]
    assert paged(jobs, [], [CATS, SMALL]) == ids[::-1]  # Redis knows the script
    found = jobs.filtered([], [CATS, SMALL], 100, None)
    asked = commands(client, lambda: next(found)[0] == ids[-1])
    assert (asked["evalsha"], asked["hgetall"], asked.get("eval")) == (1, AT_ONCE, None)


def test_what_an_older_service_has_made_is_found_once_it_is_told_again(
    jobs: Transitions, client: redis.Redis
) -> None:
    job = made(jobs)
    client.delete("purr:jobs:model:cats", "purr:jobs:dataset:ds_1")
    assert paged(jobs, [], [CATS]) == []
    jobs.label(job, None)
    assert paged(jobs, [], [CATS]) == [job]
    assert jobs.get(job).labels is None
