"""Schedules from their request on: when jobs are made, from what, and what is written down."""

from datetime import UTC, datetime

import pytest

from tests.worker.scheduling import DAY, HOUR, MINUTE, NIGHT, NIGHTLY, ON_VERSION, Scheduling
from tests.worker.serving.test_loaded_models import publish
from worker.errors import LimitExceeded, ScheduleNotFound
from worker.jobs.record import State
from worker.operations.schedules import MOST


def test_nothing_is_made_before_its_time(scheduling: Scheduling) -> None:
    schedule = scheduling.submit()
    scheduling.at(NIGHT - 1)
    assert scheduling.made() == []
    assert scheduling.seen(schedule).next_ms == NIGHT


def test_at_its_time_one_job_is_made_that_names_it(scheduling: Scheduling) -> None:
    schedule = scheduling.submit()
    for seconds in (0, 15, 30):
        scheduling.at(NIGHT + 1000 * seconds)
    (job,) = scheduling.made()
    due_at = datetime.fromtimestamp(NIGHT / 1000, UTC).isoformat()
    assert job.made_by == {"schedule": schedule, "due_at": due_at}
    (firing,) = scheduling.seen(schedule).book.firings
    assert (firing.job, firing.due_ms, firing.over) == (job.id, NIGHT, None)
    assert scheduling.seen(schedule).next_ms == NIGHT + DAY


def test_however_many_times_were_missed_one_job_is_made(scheduling: Scheduling) -> None:
    schedule = scheduling.submit({"cron": "*/10 * * * *"})
    scheduling.at(NIGHT + 3 * DAY + MINUTE)
    assert len(scheduling.made()) == 1
    (firing,) = scheduling.seen(schedule).book.firings
    # From 2:10 on, six an hour; the last of them, at 3:00, is the one that is made up for.
    assert (firing.due_ms, firing.skipped) == (NIGHT + 3 * DAY, 6 * (3 * 24 + 1) - 1)


def test_while_a_job_is_not_over_times_pass(scheduling: Scheduling) -> None:
    schedule = scheduling.submit()
    scheduling.at(NIGHT)
    scheduling.at(NIGHT + DAY)
    assert len(scheduling.made()) == 1
    assert scheduling.seen(schedule).book.skipped == 1
    first = scheduling.end()
    scheduling.at(NIGHT + DAY + HOUR)
    assert [job.id for job in scheduling.made()] == [first]
    scheduling.at(NIGHT + 2 * DAY)
    assert [each.skipped for each in scheduling.seen(schedule).book.firings] == [0, 1]


def test_how_a_job_ended_is_written_down(scheduling: Scheduling) -> None:
    schedule = scheduling.submit()
    scheduling.at(NIGHT)
    scheduling.end(version=3, promotion={"promoted": False})
    scheduling.at(NIGHT + HOUR)
    (firing,) = scheduling.seen(schedule).book.firings
    ended = {"state": State.SUCCEEDED, "version": 3, "promotion": {"promoted": False}}
    assert firing.over == ended


def test_a_job_starts_from_the_version_that_answers_then(scheduling: Scheduling) -> None:
    schedule = scheduling.submit()
    scheduling.at(NIGHT)
    (first,) = scheduling.made()
    assert first.body["start_from"] is None  # there is no such model yet
    scheduling.end()
    scheduling.at(NIGHT + HOUR)
    publish(scheduling.context.store, "cats", 1)
    scheduling.at(NIGHT + DAY)
    firing = scheduling.seen(schedule).book.firings[-1]
    assert firing.start == {"model": "cats", "version": 1}


def test_what_a_job_would_be_refused_for_is_written_down(scheduling: Scheduling) -> None:
    schedule = scheduling.submit()
    publish(scheduling.context.store, "cats", 1)  # of other pictures than the dataset's
    scheduling.at(NIGHT)
    assert scheduling.made() == []
    (firing,) = scheduling.seen(schedule).book.firings
    assert firing.over is not None
    assert firing.over["problem"]["code"] == "invalid_parameter"
    scheduling.at(NIGHT + DAY)
    assert len(scheduling.seen(schedule).book.firings) == 2


def test_from_nothing_is_from_nothing(scheduling: Scheduling) -> None:
    scheduling.submit(start="nothing")
    publish(scheduling.context.store, "cats", 1)
    scheduling.at(NIGHT)
    (job,) = scheduling.made()
    assert job.body["start_from"] is None


@pytest.mark.parametrize(("which", "own"), [("newest", False), ("named", True)])
def test_which_version_of_the_dataset_is_learned(
    scheduling: Scheduling, which: str, own: bool
) -> None:
    scheduling.submit(dataset=which)
    newest = scheduling.version("less")
    scheduling.at(NIGHT)
    (job,) = scheduling.made()
    assert job.body["dataset"] == (scheduling.dataset if own else newest)


def test_every_version_has_a_job_and_one_that_comes_meanwhile_waits(
    scheduling: Scheduling,
) -> None:
    schedule = scheduling.submit(ON_VERSION)
    scheduling.at(NIGHT)
    assert scheduling.made() == []
    second = scheduling.version("less")
    scheduling.at(NIGHT + MINUTE)
    scheduling.version("more")
    fourth = scheduling.version("other")
    scheduling.at(NIGHT + HOUR)
    assert [job.body["dataset"] for job in scheduling.made()] == [second]
    scheduling.end()
    scheduling.at(NIGHT + HOUR)
    scheduling.at(NIGHT + DAY)
    assert [job.body["dataset"] for job in scheduling.made()] == [second, fourth]
    assert [each.skipped for each in scheduling.seen(schedule).book.firings] == [0, 1]


def test_a_version_that_is_not_ready_is_waited_for(scheduling: Scheduling) -> None:
    scheduling.submit(ON_VERSION)
    datasets, store = scheduling.context.records["ds"], scheduling.context.store
    waiting = datasets.create("ds_" + "7" * 32, {"name": "pictures"}).id
    store.lineages.reserve(scheduling.dataset, waiting, "less", lambda _: False)
    scheduling.at(NIGHT)
    assert scheduling.made() == []


def test_a_paused_schedule_makes_nothing_up(scheduling: Scheduling) -> None:
    by_time, by_version = scheduling.submit(), scheduling.submit(ON_VERSION)
    for each in (by_time, by_version):
        scheduling.schedules.pause(each)
    scheduling.version("less")
    scheduling.at(NIGHT + DAY)
    assert scheduling.seen(by_time).next_ms is None
    for each in (by_time, by_version):
        scheduling.schedules.resume(each)
    scheduling.at(NIGHT + DAY + HOUR)
    assert scheduling.made() == []
    scheduling.at(NIGHT + 2 * DAY)
    assert len(scheduling.made()) == 1


def test_a_deleted_schedule_is_gone_and_its_jobs_stay(scheduling: Scheduling) -> None:
    schedule = scheduling.submit()
    scheduling.at(NIGHT)
    scheduling.schedules.delete(schedule)
    scheduling.at(NIGHT + DAY)
    assert len(scheduling.made()) == 1
    for ask in (scheduling.schedules.get, scheduling.schedules.delete, scheduling.schedules.pause):
        with pytest.raises(ScheduleNotFound):
            ask(schedule)


def test_there_may_only_be_so_many(scheduling: Scheduling) -> None:
    body = {**scheduling.seen(scheduling.submit()).body}
    for number in range(1, MOST):
        scheduling.context.store.schedules.keep_request(f"sch_{number:032x}", body)
    with pytest.raises(LimitExceeded, match=f"fewer than {MOST} schedules"):
        scheduling.submit()


def test_a_damaged_book_is_in_nobodys_way(scheduling: Scheduling) -> None:
    damaged, sound = scheduling.submit(), scheduling.submit(NIGHTLY, {"model": "dogs"})
    folder = scheduling.context.settings.data_dir / "schedules" / damaged
    (folder / "book.json").write_text("{")
    scheduling.at(NIGHT)
    assert [job.body["model"] for job in scheduling.made()] == ["dogs"]
    assert [each.id for each in scheduling.schedules.page(10, None)] == [sound]
