"""How jobs are worked at: by one at a time, with the same result, and little of it twice."""

from itertools import pairwise

from tests.faults.case import Case, overlaps, recoveries
from tests.faults.invariants.invariant import Breaches, Invariant

STOP_S = 30.0  # from SIGTERM to the end of a worker
SWEEP_S = 5.0  # at most
SLACK_S = 2.0  # that a loaded machine may need beyond what the settings say
RESUME_S = 15.0  # from the notice of a loss to the next attempt


def every_epoch_is_told_once(case: Case) -> Breaches:  # I3
    for job in case.jobs:
        for attempt, rows in case.rows(job).items():
            epochs = [row[0] for row in rows]
            if epochs != list(range(1, len(epochs) + 1)):
                yield f"{job} has, in attempt {attempt}, epochs missing, twice or out of order"


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


def one_attempt_works_at_a_time(case: Case) -> Breaches:  # I6
    # A holder that lost its lease hears of it at its next renewal; while Redis is away, later.
    outages = case.faults("kill valkey") + case.faults("pause valkey") + case.faults("wipe")
    allowed = case.settings["lease_s"] / 4 + SLACK_S + (5.0 if outages else 0.0)
    for job, seconds in overlaps(case).items():
        if seconds > allowed:
            yield f"{job} was worked at by two for {seconds:.1f} s"


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


def a_worker_that_is_told_to_stop_stops(case: Case) -> Breaches:
    for fault in case.faults("terminate"):
        if fault["gone_s"] is None or fault["gone_s"] > STOP_S:
            yield f"worker {fault['pid']} took {fault['gone_s']} s to stop"


INVARIANTS: tuple[Invariant, ...] = (
    every_epoch_is_told_once,
    undisturbed_twins_are_equal,
    one_attempt_works_at_a_time,
    losses_are_noticed_and_made_good_in_time,
    little_work_is_lost,
    a_worker_that_is_told_to_stop_stops,
)
