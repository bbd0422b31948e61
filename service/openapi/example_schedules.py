"""A schedule, as `/openapi.json` shows it."""

from service.openapi.example_aliases import PROMOTION
from worker.jsontypes import Json

SCHEDULE_ID = "sch_01a22b1dac757e8b81500aa6a46a6ac5"
WHEN: Json = {"cron": "0 3 * * MON", "time_zone": "Europe/Berlin"}


def retraining(dataset_id: str) -> Json:
    """Returns a request for a schedule."""
    spec = {"dataset": dataset_id, "model": "cats", "epochs": 60, "recipe": "classic"}
    return {"spec": spec, "when": WHEN, "start": "champion"}


def schedules(dataset_id: str, job_id: str) -> Json:
    """Returns the answers of the operations on schedules.

    Args:
        job_id: of the one job that it has made.
    """
    new = {
        **retraining(dataset_id),
        "id": SCHEDULE_ID,
        "state": "active",
        "when": {**WHEN, "on": None},
        "dataset": "newest",
        "next_at": "2026-12-07T02:00:00Z",
        "skipped": 0,
        "firings": [],
        "created_at": "2026-11-30T06:21:34.709000Z",
    }
    firing = {
        "due_at": "2026-11-30T02:00:00Z",
        "job": job_id,
        "state": "succeeded",
        "dataset": dataset_id,
        "start_from": {"name": "cats", "version": 1},
        "skipped": 0,
        "model": {"name": "cats", "version": 2},
        "promotion": PROMOTION,
        "problem": None,
    }
    fired = {**new, "created_at": "2026-11-23T16:21:34.709000Z", "firings": [firing]}
    return {
        "submit_schedule": new,
        "list_schedules": {"data": [fired], "next": None},
        "show_schedule": fired,
        "pause_schedule": {**fired, "state": "paused", "next_at": None},
        "resume_schedule": fired,
    }
