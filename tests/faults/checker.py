"""Whether a service kept its promises while it was broken: pure functions of a case.

Each is named after what it demands, and gives a sentence for every breach. The numbers are those
of the list in docs/reliability.md. `python -m tests.faults.checker case.json` judges a saved case.
"""

import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from tests.faults.case import FINAL, Case, overlaps, recoveries
from worker.jsontypes import Json

# Written down again, so that a change of the product's own table does not go unseen.
MOVES = {
    "": {"queued"},
    "queued": {"running", "paused", "cancelled"},
    "running": {"queued", "paused", "succeeded", "failed", "cancelled"},
    "paused": {"queued", "cancelled"},
}
HARMLESS = {"submitted", "preempted", "brought back"}  # why a job may be queued again and again
MODEL_FILES = ("/weights.safetensors", "/evaluation.json", "/manifest.json")
STOP_S = 30.0  # from SIGTERM to the end of a worker
SWEEP_S = 5.0  # at most
SLACK_S = 2.0  # that a loaded machine may need beyond what the settings say
RESUME_S = 15.0  # from the notice of a loss to the next attempt

Breaches = Iterator[str]


def acknowledged_jobs_end_once(case: Case) -> Breaches:  # I1
    for job, request in case.accepted().items():
        if request["found"] == 404:
            yield f"{job} was acknowledged, and not there a moment later"
        if (state := case.record(job).get("state")) not in FINAL:
            yield f"{job} was acknowledged and is {state or 'gone'}"
        ends = [event for event in case.jobs.get(job, {}).get("events", []) if is_end(event)]
        if len(ends) != 1 and not case.faults("wipe"):
            yield f"{job} ended {len(ends)} times"


def acknowledged_jobs_are_on_disk(case: Case) -> Breaches:  # I1
    for job, request in case.accepted().items():
        if not case.disk.durable(f"jobs/{job}/request.json", request["answered_at"]):
            yield f"{job} was acknowledged before its request was durable"


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


def every_epoch_is_told_once(case: Case) -> Breaches:  # I3
    for job in case.jobs:
        for attempt, rows in case.rows(job).items():
            epochs = [row[0] for row in rows]
            if epochs != list(range(1, len(epochs) + 1)):
                yield f"{job} has, in attempt {attempt}, epochs missing, twice or out of order"


def visible_models_are_whole(case: Case) -> Breaches:  # I4
    for model in [*case.of("model"), *case.models]:
        if not model["whole"]:
            yield f"model {model['name']} {model['version']} was seen and is not whole"
        elif not case.disk.moved_whole(f"models/{model['name']}/{model['version']}", MODEL_FILES):
            yield f"model {model['name']} {model['version']} was seen before it was durable"


def visible_models_are_of_jobs_that_succeeded(case: Case) -> Breaches:  # I4
    versions: dict[str, list[int]] = {}
    for model in case.models:
        versions.setdefault(model["job"], []).append(model["version"])
    for job, numbers in versions.items():
        state = case.record(job).get("state")
        if state != "succeeded":
            yield f"{job} is {state} and its model is visible"
        if len(numbers) > 1:
            yield f"{job} published versions {numbers}"
    for job, found in case.jobs.items():
        wanted = (found["record"] or {}).get("version")
        if case.record(job).get("state") == "succeeded" and versions.get(job) != [wanted]:
            yield f"{job} succeeded, and its version {wanted} is not visible"


def checkpoints_are_whole_when_seen(case: Case) -> Breaches:  # I4
    broken = {fault["path"] for fault in case.faults("damage")}
    for entry in case.of("torn"):
        if entry["path"] not in broken:
            yield f"{entry['path']} was seen before it was whole"
    for path in case.disk.moves:
        if path.endswith(".safetensors") and not case.disk.moved_whole(path):
            yield f"{path} got its name before its bytes were durable"


def undisturbed_twins_are_equal(case: Case) -> Breaches:  # I5
    weights = {model["job"]: model.get("weights") for model in case.models}
    for job, request in case.accepted().items():
        record = case.record(job)
        ended = record.get("state") == "cancelled" and job in case.perhaps_cancelled()
        excused = ended or job in case.cancelled() or record.get("problem") in request["may_fail"]
        if request["twin"] is None or excused:
            continue
        if record.get("state") != "succeeded":
            yield f"{job} is {record.get('state')} ({record.get('problem')}), unlike its twin"
            continue
        twin = case.twins[request["twin"]]
        told = [row[2] for row in case.jobs[job]["told"]]
        mine = {"weights": weights.get(job), "result": record["result"], "rows": told}
        for name, value in mine.items():
            if value != twin[name]:
                yield f"{job} has other {name} than its undisturbed twin"


def attempts_are_counted(case: Case) -> Breaches:  # I6
    for job, found in case.jobs.items():
        numbers = [int(e["attempt"]) for e in found["events"] if e["state"] == "running"]
        first = numbers[0] if numbers and case.faults("wipe") else 1
        if numbers != list(range(first, first + len(numbers))):
            yield f"{job} had attempts {numbers}"
        if numbers and found["record"] and found["record"]["attempt"] != numbers[-1]:
            yield f"{job} is at attempt {found['record']['attempt']}, begun were {numbers}"


def one_attempt_works_at_a_time(case: Case) -> Breaches:  # I6
    # A holder that lost its lease hears of it at its next renewal; while Redis is away, later.
    outages = case.faults("kill valkey") + case.faults("pause valkey") + case.faults("wipe")
    allowed = case.settings["lease_s"] / 4 + SLACK_S + (5.0 if outages else 0.0)
    for job, seconds in overlaps(case).items():
        if seconds > allowed:
            yield f"{job} was worked at by two for {seconds:.1f} s"


def nothing_is_left_lying_about(case: Case) -> Breaches:  # I7
    for path in case.leftovers:
        yield f"{path} was left behind"
    for job, found in case.jobs.items():
        if found["checkpoints"] and case.record(job).get("state") in {"succeeded", "cancelled"}:
            yield f"{job} is {case.record(job)['state']} and still has checkpoints"


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


def deleted_things_stay_deleted(case: Case) -> Breaches:  # I11
    there = {*case.jobs, *(f"{model['name']} {model['version']}" for model in case.models)}
    for entry in case.of("delete"):
        if entry["status"] == 204 and entry["id"] in there:
            yield f"{entry['id']} was deleted and is there"


def losses_are_noticed_and_made_good_in_time(case: Case) -> Breaches:  # I12
    # With the usual lease of 10 s: 15 s, and 30 s until it goes on. Whoever dies in a sweep keeps
    # the others from it until its lock lapses.
    sweep_s = SWEEP_S if case.faults("kill api") else 0.0
    limit = max(1.25 * case.settings["lease_s"], sweep_s) + SLACK_S
    for found in recoveries(case):
        if found.noticed_s > limit:
            yield f"{found.job}: the loss of its {found.victim} was noticed {found.noticed_s:.1f} s"
        if found.resumed_s is None or found.resumed_s > found.noticed_s + RESUME_S:
            yield f"{found.job}: was not taken up after the loss of its {found.victim}"


def little_work_is_lost(case: Case) -> Breaches:  # I12
    killed = {(kill["job"], kill["attempt"]) for kill in case.faults("kill") if not kill["stopped"]}
    for job, found in case.jobs.items():
        given_back = {int(e["attempt"]) for e in found["events"] if e["why"] == "preempted"}
        attempts = [*case.rows(job).items()]
        for (number, old), (_, new) in pairwise(attempts):
            kept = sum(a == b for a, b in zip(old, new, strict=False))
            if kept in (len(old), len(new)):
                continue  # nothing is lost, or the next one ended before it had told all it knew
            if number in given_back:
                yield f"{job} lost {len(old) - kept} epochs, though it was told to stop"
            lost = old[-1][1] - (old[kept - 1][1] if kept else 0.0)
            if (job, number) in killed and lost > 2 * case.settings["checkpoint_s"] + 1:
                yield f"{job} lost {lost:.1f} s of work at the end of attempt {number}"


def a_cancel_that_was_accepted_is_kept(case: Case) -> Breaches:
    published = {model["job"] for model in [*case.of("model"), *case.models]}
    for job in case.cancelled():
        state = case.record(job).get("state")
        if state not in {"cancelled", "failed"}:
            yield f"{job} was to be cancelled and is {state}"
        if job in published:
            yield f"{job} was to be cancelled and its model was seen"


def a_worker_that_is_told_to_stop_stops(case: Case) -> Breaches:
    for fault in case.faults("terminate"):
        if fault["gone_s"] is None or fault["gone_s"] > STOP_S:
            yield f"worker {fault['pid']} took {fault['gone_s']} s to stop"


def is_end(event: Json) -> bool:
    return event["state"] in FINAL


def model_of(job: Json) -> str | None:
    found: str | None = (job["record"] or job["request"] or {}).get("model")
    return found


Invariant = Callable[[Case], Breaches]
INVARIANTS: dict[str, Invariant] = {
    check.__name__: check
    for check in (
        acknowledged_jobs_end_once,
        acknowledged_jobs_are_on_disk,
        states_follow_the_graph,
        hopeless_jobs_are_given_up,
        final_states_are_never_left,
        every_epoch_is_told_once,
        visible_models_are_whole,
        visible_models_are_of_jobs_that_succeeded,
        checkpoints_are_whole_when_seen,
        undisturbed_twins_are_equal,
        attempts_are_counted,
        one_attempt_works_at_a_time,
        nothing_is_left_lying_about,
        one_key_makes_one_job,
        jobs_are_whole_or_absent,
        deleted_things_stay_deleted,
        losses_are_noticed_and_made_good_in_time,
        little_work_is_lost,
        a_cancel_that_was_accepted_is_kept,
        a_worker_that_is_told_to_stop_stops,
    )
}


class Breach(NamedTuple):
    """One promise that was not kept."""

    invariant: str
    what: str


def breaches(case: Case) -> list[Breach]:
    return [Breach(name, what) for name, check in INVARIANTS.items() for what in check(case)]


def main(arguments: list[str]) -> Any:
    found = [breach for name in arguments for breach in breaches(Case.load(Path(name)))]
    for breach in found:
        print(f"{breach.invariant}: {breach.what}")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
