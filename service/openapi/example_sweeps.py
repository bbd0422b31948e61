"""A sweep, as `/openapi.json` shows it."""

from worker.jsontypes import Json

SWEEP_ID = "swp_01a22b1dac757e8b81500aa6a46a6ac5"
VARY: Json = {"optimizer.learning_rate": {"values": [0.001, 0.01]}}
JOBS = ("job_01a22b1dac9d7a94aef192aa143542f2", "job_01a22b1daca574e6a219a64924970a2b")
SAID = (
    "Candidate 0 (learning_rate 0.001) has the lowest cost, but the other one is tied with it on "
    "150 validation rows. 2 candidates are too few to tell whether learning_rate mattered."
)


def asked(dataset_id: str) -> Json:
    """Returns a request for a sweep."""
    spec = {"dataset": dataset_id, "model": "cats", "epochs": 60, "validation_fraction": 0.25}
    return {"spec": {**spec, "recipe": "classic"}, "vary": VARY, "parallel": 2}


def waiting(dataset_id: str) -> Json:
    """Returns a sweep of which nothing has begun, without its leaderboard."""
    return {
        "id": SWEEP_ID,
        "state": "running",
        "requested": None,
        "method": "grid",
        "spec": asked(dataset_id)["spec"],
        "vary": VARY,
        "parallel": 2,
        "budget": None,
        "rungs": [{"epochs": 60, "candidates": 2, "went_on": None}],
        "candidates": {"queued": 2},
        "seconds": 0.0,
        "best": None,
        "refit": None,
        "problem": None,
        "created_at": "2026-11-30T06:21:34.709000Z",
        "finished_at": None,
    }


def sweeps(dataset_id: str, refit: str) -> Json:
    """Returns the answers of the operations on sweeps.

    Args:
        refit: the id of the job of the best candidate that is fitted again.
    """
    open_ = waiting(dataset_id)
    over = {
        **open_,
        "state": "succeeded",
        "candidates": {"succeeded": 2},
        "seconds": 5.6,
        "best": 0,
        "refit": {"job": refit, "state": "succeeded", "model": {"name": "cats", "version": 3}},
        "finished_at": "2026-11-30T06:21:46.486000Z",
    }
    begun = {**open_, "said": "No candidate is measured yet. 2 are not over yet.", "mattered": []}
    begun["leaderboard"] = [standing(0, 0.001, None), standing(1, 0.01, None)]
    judged = {"said": SAID, "mattered": [effect()]}
    judged["leaderboard"] = [standing(0, 0.001, 0.1529), standing(1, 0.01, 0.1962)]
    return {
        "submit_sweep": begun,
        "list_sweeps": {"data": [over], "next": None},
        "show_sweep": {**over, **judged},
        "cancel_sweep": {**begun, "requested": "cancel"},
        "pause_sweep": {**begun, "requested": "pause"},
        "resume_sweep": begun,
    }


def standing(candidate: int, rate: float, loss: float | None) -> Json:
    """A candidate before it has begun, or at its end."""
    begun = loss is not None
    gap = {"p": 1.0, "accuracy": [-0.0213, 0.1013], "by_rows": True}
    return {
        "rank": candidate + 1 if begun else None,
        "candidate": candidate,
        "changes": {"optimizer.learning_rate": rate},
        "job": JOBS[candidate],
        "state": "succeeded" if begun else "queued",
        "verdict": ("tied" if candidate else "best") if begun else None,
        "validation_loss": loss,
        "validation_accuracy": 0.94 if begun else None,
        "validation_accuracy_interval": [0.8897, 0.9683] if begun else None,
        "gap": gap if begun and candidate else None,
        "epochs": 60 if begun else None,
        "seconds": 2.8 if begun else None,
    }


def effect() -> Json:
    return {
        "field": "optimizer.learning_rate",
        "share": 1.0,
        "p": None,
        "best": [0.001],
        "beyond": "below",
    }
