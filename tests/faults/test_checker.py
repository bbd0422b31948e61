"""Each invariant lets a sound case pass and notices its own breach."""

from copy import deepcopy
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.faults.case import Case, recoveries
from tests.faults.checker import INVARIANTS, breaches
from tests.faults.swept_case import SWEPT, SWEPT_BREACHES, SWEPT_JOBS, Change, event
from worker.jsontypes import Json

JOB = "job_1"


def step(at: float, kind: str, path: str, source: str = "") -> Json:
    return {"at": at, "pid": 1, "step": kind, "path": path, "from": source}


def worker(attempt: int, *, stopped: bool = False) -> Json:
    return {"pid": attempt, "parent": 9, "job": JOB, "attempt": attempt, "stopped": stopped}


ROWS = [[1, 0.5, "a"], [2, 1.0, "b"], [3, 1.5, "c"]]
MODEL = {"name": "m", "version": 1, "job": JOB, "whole": True, "weights": "w", "what": "model"}
RECORD = {"state": "succeeded", "attempt": 2, "version": 1, "model": "m", "problem": None}
REQUEST = {
    "what": "submit",
    "model": "m",
    "twin": "t",
    "may_fail": [],
    "key": "k",
    "id": JOB,
    "found": 200,
    "answered_at": 1.0,
}


HISTORY = [
    REQUEST,
    {"what": "fault", "kind": "kill", "victim": "worker", "at": 3.0, **worker(1)},
    {"what": "fault", "kind": "terminate", "pid": 5, "gone_s": 1.0, "at": 3.0},
    {"what": "workers", "at": 2.0, "workers": [worker(1)]},
    {"what": "workers", "at": 5.0, "workers": [worker(2)]},
    {"what": "state", "at": 8.0, "id": JOB, "state": "succeeded", "attempt": 2},
    {**MODEL, "at": 7.0},
]
FOUND = {
    "record": {**RECORD, "result": "r", "seconds": 3.0},
    "request": {"model": "m"},
    "checkpoints": 0,
    "rows": {"1": ROWS[:2], "2": [ROWS[0], [2, 1.1, "b"], ROWS[2]]},
    "told": ROWS,
    "events": [
        event(1, "queued", "submitted", 0),
        event(2, "running", "claimed", 1),
        event(4, "queued", "no sign of life", 1),
        event(5, "running", "claimed", 2),
        event(8, "succeeded", "done", 2),
    ],
}
STEPS = [
    step(0.1, "fsync", f"jobs/{JOB}/request.json.part"),
    step(0.2, "rename", f"jobs/{JOB}/request.json", f"jobs/{JOB}/request.json.part"),
    step(0.3, "fsync", f"jobs/{JOB}"),
    step(2.1, "fsync", "c.part"),
    step(2.2, "rename", "c.safetensors", "c.part"),
    step(6.1, "fsync", "models/m/.1.part/weights.safetensors"),
    step(6.2, "fsync", "models/m/.1.part/evaluation.json"),
    step(6.2, "fsync", "models/m/.1.part/manifest.json"),
    step(6.3, "rename", "models/m/1", "models/m/.1.part"),
]


def sound() -> Json:
    """A job that lost a worker, went on, and succeeded; and two sweeps."""
    return deepcopy(
        {
            "history": HISTORY + SWEPT,
            "jobs": {JOB: FOUND} | SWEPT_JOBS,
            "models": [MODEL],
            "leftovers": [],
            "steps": STEPS,
            "twins": {"t": {"weights": "w", "result": "r", "rows": ["a", "b", "c"]}},
            "settings": {"lease_s": 1.0, "checkpoint_s": 1.0, "max_attempts": 3},
        }
    )


def job(case: Json) -> Json:
    found: Json = case["jobs"][JOB]
    return found


def told(case: Json, **entry: object) -> None:
    case["history"].append({"at": 9.0, "id": JOB, **entry})


BREACHES: list[tuple[str, Change]] = [
    ("acknowledged_jobs_end_once", lambda c: c["history"][0].update(found=404)),
    ("acknowledged_jobs_end_once", lambda c: job(c)["events"].append(event(9, "failed", "", 2))),
    ("acknowledged_jobs_end_once", lambda c: job(c)["record"].update(state="running")),
    ("acknowledged_jobs_are_on_disk", lambda c: c["steps"].pop(0)),
    ("acknowledged_jobs_are_on_disk", lambda c: c["steps"][2].update(at=1.1)),
    ("states_follow_the_graph", lambda c: job(c)["events"].pop(2)),
    ("states_follow_the_graph", lambda c: job(c)["record"].update(state="failed")),
    ("hopeless_jobs_are_given_up", lambda c: c["settings"].update(max_attempts=1)),
    ("final_states_are_never_left", lambda c: told(c, what="state", state="running")),
    ("every_epoch_is_told_once", lambda c: job(c)["rows"]["2"].insert(1, ROWS[0])),
    ("visible_models_are_whole", lambda c: c["models"][0].update(whole=False)),
    ("visible_models_are_whole", lambda c: c["steps"].pop(6)),
    ("visible_models_are_of_jobs_that_succeeded", lambda c: c["models"].clear()),
    (
        "visible_models_are_of_jobs_that_succeeded",
        lambda c: c["models"].append({**MODEL, "version": 2}),
    ),
    (
        "visible_models_are_of_jobs_that_succeeded",
        lambda c: job(c)["record"].update(state="cancelled"),
    ),
    ("checkpoints_are_whole_when_seen", lambda c: told(c, what="torn", path="c.safetensors")),
    ("checkpoints_are_whole_when_seen", lambda c: c["steps"].pop(3)),
    ("undisturbed_twins_are_equal", lambda c: c["models"][0].update(weights="other")),
    ("undisturbed_twins_are_equal", lambda c: job(c)["told"].pop()),
    ("undisturbed_twins_are_equal", lambda c: job(c)["record"].update(result="other")),
    ("undisturbed_twins_are_equal", lambda c: job(c)["record"].update(state="failed")),
    ("attempts_are_counted", lambda c: job(c)["events"][3].update(attempt="1")),
    ("attempts_are_counted", lambda c: job(c)["record"].update(attempt=3)),
    (
        "one_attempt_works_at_a_time",
        lambda c: c["history"][3]["workers"].append(worker(2)),
    ),
    ("nothing_is_left_lying_about", lambda c: c["leftovers"].append("models/m/.2.part")),
    ("nothing_is_left_lying_about", lambda c: job(c).update(checkpoints=1)),
    ("one_key_makes_one_job", lambda c: c["history"].append({**REQUEST, "id": "job_2"})),
    ("jobs_are_whole_or_absent", lambda c: job(c).update(request=None)),
    ("jobs_are_whole_or_absent", lambda c: job(c).update(record=None)),
    ("jobs_are_whole_or_absent", lambda c: job(c).update(record=None, request=None)),
    ("deleted_things_stay_deleted", lambda c: told(c, what="delete", status=204)),
    (
        "datasets_are_whole_or_gone",
        lambda c: c.update(datasets={"ds_1": {"record": True, "datasets": False}}),
    ),
    (
        "losses_are_noticed_and_made_good_in_time",
        lambda c: c["history"][1].update(at=0.0),
    ),
    (
        "losses_are_noticed_and_made_good_in_time",
        lambda c: job(c)["events"].__delitem__(slice(3, 5)),
    ),
    ("little_work_is_lost", lambda c: c["settings"].update(checkpoint_s=-0.4)),
    ("little_work_is_lost", lambda c: job(c)["events"][2].update(why="preempted")),
    ("a_cancel_that_was_accepted_is_kept", lambda c: told(c, what="cancel", status=200)),
    ("a_worker_that_is_told_to_stop_stops", lambda c: c["history"][2].update(gone_s=None)),
    ("a_worker_that_is_told_to_stop_stops", lambda c: c["history"][2].update(gone_s=31.0)),
    *SWEPT_BREACHES,
]


def test_a_sound_case_breaks_no_promise() -> None:
    assert breaches(Case(**sound())) == []


@pytest.mark.parametrize(("invariant", "change"), BREACHES)
def test_a_breach_is_noticed(invariant: str, change: Change) -> None:
    case = sound()
    change(case)
    assert list(INVARIANTS[invariant](Case(**case)))


def test_every_invariant_is_tried() -> None:
    assert {invariant for invariant, _ in BREACHES} == INVARIANTS.keys()


def test_those_who_stand_still_do_not_count_as_working() -> None:
    case = sound()
    case["history"][3]["workers"].append(worker(2, stopped=True))
    assert breaches(Case(**case)) == []


def test_a_job_may_fail_in_the_way_that_was_foreseen() -> None:
    case = sound()
    case["history"][0]["may_fail"] = ["worker_lost"]
    job(case)["record"].update(state="failed", problem="worker_lost")
    assert list(INVARIANTS["undisturbed_twins_are_equal"](Case(**case))) == []


@pytest.mark.parametrize(
    ("status", "state", "sound_then"),
    [(503, "cancelled", True), (None, "cancelled", True), (409, "cancelled", False),
     (503, "failed", False)],
)  # fmt: skip
def test_a_cancel_may_be_carried_out_though_its_answer_was_lost(
    status: int | None, state: str, sound_then: bool
) -> None:
    case = sound()
    case["history"].append({"what": "cancel", "at": 6.0, "id": JOB, "status": status})
    job(case)["record"].update(state=state)
    found = list(INVARIANTS["undisturbed_twins_are_equal"](Case(**case)))
    assert (found == []) is sound_then


def test_a_case_can_be_judged_later(tmp_path: Path) -> None:
    case = Case(**sound())
    case.save(tmp_path / "case.json")
    assert asdict(Case.load(tmp_path / "case.json")) == asdict(case)


def test_how_soon_a_loss_is_noticed_and_made_good() -> None:
    (found,) = recoveries(Case(**sound()))
    assert (found.noticed_s, found.resumed_s) == (1.0, 2.0)


def test_a_kill_that_came_too_late_is_no_loss() -> None:
    case = sound()
    job(case)["events"][2:4] = []
    assert list(recoveries(Case(**case))) == []
