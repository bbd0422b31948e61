"""What `/openapi.json` shows of the checkpoints of a job."""

from worker.jsontypes import Json

CHECKPOINT: Json = {"epoch": 80, "created_at": "2026-11-22T16:16:27.441323Z", "bytes": 2_951_812}


def checkpoints(job: Json, parent: str) -> Json:
    """Returns the answers by their operations.

    Args:
        job: that publishes one; parent: the id of the job that has kept it.
    """
    wanted = {"job": parent, "epoch": CHECKPOINT["epoch"]}
    spec = {**job["spec"], "checkpoint": wanted, "parent": parent}
    changes = [{"path": "/checkpoint", "before": None, "after": wanted}]
    return {
        "list_checkpoints": {"data": [CHECKPOINT], "next": None},
        "publish_checkpoint": {**job, "spec": spec, "parent": parent, "changes": changes},
    }
