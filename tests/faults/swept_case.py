"""Two sweeps in a sound case, and what would break a promise about them."""

from collections.abc import Callable
from copy import deepcopy

from worker.jsontypes import Json

Change = Callable[[Json], object]


def event(at: float, state: str, why: str, attempt: int) -> Json:
    return {"at": at, "state": state, "why": why, "attempt": str(attempt)}


def candidate(sweep: str, number: int, at: float) -> Json:
    """A job of a sweep, for two seconds from then on."""
    about = {"state": "succeeded", "attempt": 1, "version": None, "model": sweep, "problem": None}
    return {
        "record": {**about, "result": "r", "sweep": {"id": sweep, "candidate": number}},
        "request": {"model": sweep},
        "checkpoints": 0,
        "rows": {},
        "told": [],
        "events": [
            event(at, "queued", "submitted", 0),
            event(at + 1, "running", "claimed", 1),
            event(at + 2, "succeeded", "done", 1),
        ],
    }


PLACE = {"changes": {}, "state": "succeeded", "verdict": "best", "validation_loss": 0.5,
         "validation_accuracy": 0.5, "epochs": 2}  # fmt: skip
SAID = {
    "state": "succeeded",
    "rungs": [],
    "refit": None,
    "leaderboard": [{**PLACE, "candidate": number} for number in (0, 1)],
}
SWEPT = [
    {
        "what": what,
        "at": 1.0,
        "id": sweep,
        "disturbed": sweep != "swp_1",
        "parallel": 1,
        "said": deepcopy(SAID),
    }
    for sweep in ("swp_1", "swp_2")
    for what in ("sweep", "swept")
]
SWEPT_JOBS = {
    f"job_of_{sweep}_{number}": candidate(sweep, number, 2.0 * number)
    for sweep in ("swp_1", "swp_2")
    for number in (0, 1)
}


def swept(case: Json) -> Json:
    """What came of the second sweep."""
    found: Json = case["history"][-1]
    return found


SWEPT_BREACHES: list[tuple[str, Change]] = [
    ("sweeps_come_to_the_end_of_their_twin", lambda c: c["history"].pop()),
    ("sweeps_come_to_the_end_of_their_twin", lambda c: swept(c)["said"].update(state="running")),
    (
        "sweeps_come_to_the_end_of_their_twin",
        lambda c: swept(c)["said"]["leaderboard"][1].update(validation_loss=0.25),
    ),
    ("each_candidate_is_tried_once", lambda c: c["jobs"].pop("job_of_swp_2_1")),
    (
        "each_candidate_is_tried_once",
        lambda c: c["jobs"].update(job_of_swp_2_2=candidate("swp_2", 1, 5.0)),
    ),
    (
        "few_jobs_of_a_sweep_wait_or_run_at_a_time",
        lambda c: c["jobs"].update(job_of_swp_2_1=candidate("swp_2", 1, 1.5)),
    ),
    (
        "visible_models_are_of_jobs_that_succeeded",
        lambda c: c["jobs"]["job_of_swp_2_1"]["record"].update(version=1),
    ),
]
