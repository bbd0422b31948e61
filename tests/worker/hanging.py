"""A real worker whose jobs hang: `python -m tests.worker.hanging`.

Their lease is kept, for that is the work of a thread of its own; but nobody takes a step.
"""

import time

from worker import queue, reaper, tasks
from worker.__main__ import Keeper
from worker.attempt import Attempt
from worker.connection import connect
from worker.reaper import Reaper
from worker.record import Json
from worker.settings import Settings


def hang(rooms: tasks.Rooms, attempt: Attempt) -> Json:
    if not attempt.record.body.get("quick"):
        time.sleep(1000)
    return {}


def main() -> None:
    tasks.WORK["job"] = hang
    queue.PULSE_S, reaper.GRACE_S = 1, 1  # seconds that nobody wants to wait for here
    settings = Settings()
    rooms = tasks.Rooms(settings)
    sweeper = Reaper(rooms.records, rooms.bell, rooms.filing, settings.max_attempts)
    keeper = Keeper(sweeper, rooms)
    queue.work("train", connect(settings.redis_url or "", patient=True, text=False), keeper)


if __name__ == "__main__":
    main()
