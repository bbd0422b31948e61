"""The disk is full for a while."""

import time
from collections.abc import Callable

from tests.faults.bench import Bench
from tests.faults.faults import AWAY_S, CONTINUE, STOP, fill, make_room, wait_for
from tests.faults.subject import send
from tests.faults.wires import METRICS, caught, lay


def full_disks(at: Bench, size: int) -> None:
    """The disk is full at a submission, in training, at publishing; then there is room again."""
    for number in range(size):
        leave = at.rng.choice([0, 0, 2**12, 2**14, 2**17])
        (full_at_submission, full_in_training, full_at_publishing)[number % 3](at, leave)
        at.settle()
        at.accepted("brief")
        at.settle()


def full_at_submission(at: Bench, leave: int) -> None:
    with_full_disk(at, leave, lambda: at.submit("brief", may_fail=("insufficient_storage",)))


def full_in_training(at: Bench, leave: int) -> None:
    at.accepted("adam", may_fail=("insufficient_storage",))
    at.trainer()
    time.sleep(at.rng.uniform(0.0, 0.5))
    with_full_disk(at, leave, lambda: time.sleep(2))


def full_at_publishing(at: Bench, leave: int) -> None:
    lay(at, METRICS, "after", STOP)
    at.accepted("brief", may_fail=("insufficient_storage",))
    pid = caught(at)

    def publish() -> None:
        send(pid, CONTINUE)
        time.sleep(2)

    with_full_disk(at, leave, publish)


def with_full_disk(at: Bench, leave: int, act: Callable[[], object]) -> None:
    at.faults.note("full disk", leave=leave)
    fill(at.subject.folder, leave)
    try:
        act()
    finally:
        make_room(at.subject.folder)
    wait_for(at.client.ready, AWAY_S)
