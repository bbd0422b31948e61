"""How many threads at a time may do what takes long, so that all else finds one at once."""

from anyio import CapacityLimiter

from worker.serving.together import MOST_ROWS
from worker.system.machine import cores


class Threads:
    """Limits for what is handed to `anyio.to_thread.run_sync`.

    Attributes:
        computing: what a model answers.
        sharing: what a model answers to several callers at once; most of them wait for that.
        drawing: sheets of pictures; a large one takes seconds.
        showing: steps of trainings that are shown whole.
        judging: sweeps, all of whose candidates are checked or compared.
        estimating: what jobs would take; a worker may be waited for.
        surveying: what reads whole datasets; who waits to ask the same finds it done.
        exporting: what makes exports of models, or reads them to send them.
        looking: what asks Redis about load; where that hangs, it must not take up all threads.
    """

    def __init__(self) -> None:
        self.computing = CapacityLimiter(cores() + 1)
        self.sharing = CapacityLimiter(MOST_ROWS)
        self.drawing = CapacityLimiter(2)
        self.showing = CapacityLimiter(1)
        self.judging = CapacityLimiter(2)
        self.estimating = CapacityLimiter(2)
        self.surveying = CapacityLimiter(1)
        self.exporting = CapacityLimiter(2)
        self.looking = CapacityLimiter(1)
