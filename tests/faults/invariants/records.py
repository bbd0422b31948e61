"""What records say of jobs: acknowledged, moved along the graph, counted, ended once."""

from tests.faults.case import FINAL, Case, model_of
from tests.faults.invariants.invariant import Breaches, Invariant
from worker.jsontypes import Json

# Written down again, so that a change of the product's own table does not go unseen.
MOVES = {
    "": {"queued"},
    "queued": {"running", "paused", "cancelled"},
    "running": {"queued", "paused", "succeeded", "failed", "cancelled"},
    "paused": {"queued", "cancelled"},
}
HARMLESS = {"submitted", "preempted", "brought back"}  # why a job may be queued again and again


def acknowledged_jobs_end_once(case: Case) -> Breaches:  # I1
    for job, request in case.accepted().items():
        if request["found"] == 404:
            yield f"{job} was acknowledged, and not there a moment later"
        if (state := case.record(job).get("state")) not in FINAL:
            yield f"{job} was acknowledged and is {state or 'gone'}"
        ends = [event for event in case.jobs.get(job, {}).get("events", []) if is_end(event)]
        if len(ends) != 1 and not case.faults("wipe"):
            yield f"{job} ended {len(ends)} times"


def states_follow_the_graph(case: Case) -> Breaches:  # I2
    for job, found in case.jobs.items():
        # Events from before a wipe are gone.
        first = found["events"][0]["state"] if case.faults("wipe") and found["events"] else None
        before = ""
        for event in found["events"]:
            if event["state"] not in MOVES.get(before, set()) | {first}:
                yield f"{job} went from {before} to {event['state']}"
            before, first = event["state"], None
        if found["record"] and found["events"] and found["record"]["state"] != before:
            yield f"{job} is {found['record']['state']}, and its last event says {before}"


def hopeless_jobs_are_given_up(case: Case) -> Breaches:  # I2
    for job, found in case.jobs.items():
        losses, before = 0, 0.0
        for event in found["events"]:
            if event["state"] == "running":
                before = event["at"]
            elif event["state"] == "queued" and event["why"] not in HARMLESS:
                if case.disk.kept(f"models/{model_of(found)}/", 0, event["at"]):
                    break  # there is but to say so
                kept = case.disk.kept(f"jobs/{job}/checkpoints/", before, event["at"])
                losses = 1 if kept else losses + 1
        if losses >= case.settings["max_attempts"]:
            yield f"{job} was queued again after {losses} losses without getting on"


def final_states_are_never_left(case: Case) -> Breaches:  # I2
    final: dict[str, str] = {}
    for entry in case.of("state"):
        if (known := final.get(entry["id"], entry["state"])) != entry["state"]:
            yield f"{entry['id']} was {known} and was then seen {entry['state']}"
        if entry["state"] in FINAL:
            final[entry["id"]] = entry["state"]
    for job, state in final.items():
        if (now := case.record(job).get("state")) != state:
            yield f"{job} was {state} and is now {now}"


def attempts_are_counted(case: Case) -> Breaches:  # I6
    for job, found in case.jobs.items():
        numbers = [int(e["attempt"]) for e in found["events"] if e["state"] == "running"]
        first = numbers[0] if numbers and case.faults("wipe") else 1
        if numbers != list(range(first, first + len(numbers))):
            yield f"{job} had attempts {numbers}"
        if numbers and found["record"] and found["record"]["attempt"] != numbers[-1]:
            yield f"{job} is at attempt {found['record']['attempt']}, begun were {numbers}"


def one_key_makes_one_job(case: Case) -> Breaches:  # I9
    by_key: dict[str, set[str]] = {}
    for request in case.of("submit"):
        if request["key"]:
            found = {job for job in case.jobs if model_of(case.jobs[job]) == request["model"]}
            by_key.setdefault(request["key"], set()).update(found | {request["id"]} - {None})
    for key, jobs in by_key.items():
        if len(jobs) > 1:
            yield f"key {key} made {len(jobs)} jobs"


def jobs_are_whole_or_absent(case: Case) -> Breaches:  # I10
    for job, found in case.jobs.items():
        if not found["record"] and not found["request"]:
            yield f"{job} has nothing but a folder"
        elif not found["record"]:
            yield f"{job} has a request in the store and no record"
        elif not found["request"]:
            yield f"{job} has a record and no request in the store"


def a_cancel_that_was_accepted_is_kept(case: Case) -> Breaches:
    published = {model["job"] for model in [*case.of("model"), *case.models]}
    for job in case.cancelled():
        state = case.record(job).get("state")
        if state not in {"cancelled", "failed"}:
            yield f"{job} was to be cancelled and is {state}"
        if job in published:
            yield f"{job} was to be cancelled and its model was seen"


def is_end(event: Json) -> bool:
    return event["state"] in FINAL


INVARIANTS: tuple[Invariant, ...] = (
    acknowledged_jobs_end_once,
    states_follow_the_graph,
    hopeless_jobs_are_given_up,
    final_states_are_never_left,
    attempts_are_counted,
    one_key_makes_one_job,
    jobs_are_whole_or_absent,
    a_cancel_that_was_accepted_is_kept,
)
