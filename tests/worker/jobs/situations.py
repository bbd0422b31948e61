"""Every situation in which a job can be, and what comes of each request in it."""

from collections.abc import Callable

from tests.worker.working import queued_again
from worker.jobs.record import Record, State
from worker.jobs.transitions import Transitions

Situation = Callable[[Transitions, str], object]
ASKING = ("cancel", "pause", "stop", "resume")
REFUSED = None


def claimed(jobs: Transitions, job: str) -> Record:
    return jobs.claim(job, "w", 10)


def running(asked: str = "") -> Situation:
    def bring_about(jobs: Transitions, job: str) -> Record:
        mine = claimed(jobs, job)
        return getattr(jobs, asked)(job) if asked else mine

    return bring_about


def publishing(asked: str = "") -> Situation:
    def bring_about(jobs: Transitions, job: str) -> Record:
        mine = claimed(jobs, job)
        if asked:
            getattr(jobs, asked)(job)
        return jobs.begin_publishing(mine, "cats", 0)

    return bring_about


def ended(state: State, asked: str = "") -> Situation:
    def bring_about(jobs: Transitions, job: str) -> Record:
        mine = claimed(jobs, job)
        if asked:
            getattr(jobs, asked)(job)
        return jobs.finish(mine, state)

    return bring_about


def paused(jobs: Transitions, job: str) -> Record:
    queued_again(jobs, job)
    return jobs.pause(job)


def stopped_while_it_waits(jobs: Transitions, job: str) -> Record:
    queued_again(jobs, job)
    return jobs.stop(job)


# In each situation, what comes of cancel, pause, stop and resume: the state, and what is requested.
SITUATIONS: dict[str, tuple[Situation, list[tuple[str, str] | None]]] = {
    "new": (
        lambda jobs, job: jobs.get(job),
        [("cancelled", "cancel"), ("paused", ""), REFUSED, ("queued", "")],
    ),
    "queued again": (
        queued_again,
        [("cancelled", "cancel"), ("paused", ""), ("queued", "stop"), ("queued", "")],
    ),
    "queued again, to stop": (
        stopped_while_it_waits,
        [("cancelled", "cancel"), REFUSED, ("queued", "stop"), ("queued", "stop")],
    ),
    "running": (
        running(),
        [("running", "cancel"), ("running", "pause"), ("running", "stop"), ("running", "")],
    ),
    "running, to cancel": (
        running("cancel"),
        [("running", "cancel"), REFUSED, REFUSED, ("running", "cancel")],
    ),
    "running, to stop": (
        running("stop"),
        [("running", "cancel"), REFUSED, ("running", "stop"), ("running", "stop")],
    ),
    "running, to pause": (
        running("pause"),
        [("running", "cancel"), ("running", "pause"), ("running", "stop"), ("running", "")],
    ),
    "publishing": (publishing(), [REFUSED, REFUSED, REFUSED, ("running", "")]),
    "publishing, stopped": (
        publishing("stop"),
        [REFUSED, REFUSED, ("running", "stop"), ("running", "stop")],
    ),
    "paused": (
        paused,
        [("cancelled", "cancel"), ("paused", ""), ("queued", "stop"), ("queued", "")],
    ),
    "paused before it began": (
        lambda jobs, job: jobs.pause(job),
        [("cancelled", "cancel"), ("paused", ""), REFUSED, ("queued", "")],
    ),
    "succeeded": (ended(State.SUCCEEDED), [REFUSED, REFUSED, REFUSED, REFUSED]),
    "succeeded by stop": (
        ended(State.SUCCEEDED, "stop"),
        [REFUSED, REFUSED, ("succeeded", "stop"), REFUSED],
    ),
    "failed": (ended(State.FAILED), [REFUSED, REFUSED, REFUSED, REFUSED]),
    "failed, to stop": (ended(State.FAILED, "stop"), [REFUSED, REFUSED, REFUSED, REFUSED]),
    "cancelled": (
        ended(State.CANCELLED, "cancel"),
        [("cancelled", "cancel"), REFUSED, REFUSED, REFUSED],
    ),
}
