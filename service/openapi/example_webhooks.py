"""A message about the end of a job, as `/openapi.json` shows it."""

from worker.jsontypes import Json

WEBHOOK_ID = "msg_01a20321e66a7cbc857877b791866f94"


def webhook(job_id: str) -> Json:
    """One about this job, which was not delivered at once."""
    return {
        "id": WEBHOOK_ID,
        "job": job_id,
        "type": "job.succeeded",
        "url": "https://cats.example/hooks/purr",
        "state": "pending",
        "attempts": 1,
        "next_at": "2026-11-22T12:01:30.514000Z",
        "last_status": 503,
        "last_error": "Expected a status from 200 to 299, got 503.",
        "created_at": "2026-11-22T12:01:25.298000Z",
        "delivered_at": None,
    }
