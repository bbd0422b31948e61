"""What becomes of sweeps: each candidate is tried once, few at a time, and the end is the same."""

from collections import Counter

from tests.faults.case import FINAL, Case
from tests.faults.invariants.invariant import Breaches, Invariant
from worker.jsontypes import Json


def sweeps_come_to_the_end_of_their_twin(case: Case) -> Breaches:
    asked = {entry["id"]: entry for entry in case.of("sweep") if entry["id"]}
    swept = {entry["id"]: entry["said"] for entry in case.of("swept")}
    twins = [outcome(case, swept[each]) for each in asked if not asked[each]["disturbed"]]
    for sweep in asked:
        if (said := swept.get(sweep)) is None or said["state"] not in FINAL:
            yield f"{sweep} is {said and said['state']} and never came to its end"
            continue
        mine = outcome(case, said)
        for name in mine:
            if twins and mine[name] != twins[0][name]:
                yield f"{sweep} has other {name} than its undisturbed twin: {mine[name]}"


def outcome(case: Case, said: Json) -> Json:
    """What came of a sweep, without ids and what a clock says."""
    weights = {model["job"]: model.get("weights") for model in case.models}
    places = [
        [each[name] for name in ("candidate", "changes", "state", "verdict", "validation_loss",
                                 "validation_accuracy", "epochs")]
        for each in said["leaderboard"]
    ]  # fmt: skip
    refit = said["refit"] or {}
    return {
        "state": said["state"],
        "rungs": said["rungs"],
        "leaderboard": places,
        "weights": weights.get(refit.get("job")),
    }


def each_candidate_is_tried_once(case: Case) -> Breaches:
    jobs = by_sweep(case)
    for entry in case.of("swept"):
        own = jobs.get(entry["id"], {}).values()
        tried = Counter(job["record"]["sweep"]["candidate"] for job in own)
        if twice := [candidate for candidate, count in tried.items() if count > 1]:
            yield f"{entry['id']} has several jobs for {twice}"
        for place in (entry["said"] or {}).get("leaderboard", ()):
            if place["candidate"] not in tried:
                yield f"{entry['id']} has no job for candidate {place['candidate']}"


def few_jobs_of_a_sweep_wait_or_run_at_a_time(case: Case) -> Breaches:
    parallel = {entry["id"]: entry["parallel"] for entry in case.of("sweep")}
    for sweep, jobs in by_sweep(case).items():
        moves = sorted(
            (event["at"], event["state"] in {"queued", "running"}, name)
            for name, job in jobs.items()
            for event in job["events"]
        )
        there: set[str] = set()
        for at, occupies, name in moves:
            there = there | {name} if occupies else there - {name}
            if len(there) > parallel.get(sweep, len(there)):
                yield f"{sweep} had {len(there)} jobs at {at}"
                break


def by_sweep(case: Case) -> dict[str, dict[str, Json]]:
    """The jobs of each sweep, by their ids."""
    found: dict[str, dict[str, Json]] = {}
    for name, job in case.jobs.items():
        if (record := job["record"]) and record.get("sweep"):
            found.setdefault(record["sweep"]["id"], {})[name] = job
    return found


INVARIANTS: tuple[Invariant, ...] = (
    sweeps_come_to_the_end_of_their_twin,
    each_candidate_is_tried_once,
    few_jobs_of_a_sweep_wait_or_run_at_a_time,
)
