"""A pool of processes that run one backbone."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worker.data.backbones.backbone import Backbone
from worker.data.backbones.process import Features, Runner
from worker.data.children.pool import Bound, Pool, Task
from worker.settings import Settings


class FeaturePool(Pool[Runner, Features]):
    """Makes features of pictures by one backbone, in processes of their own, one for each core.

    Args:
        opened: returns the backbone and the file of its network, which it has checked; called
            before each start of a process.
    """

    def __init__(self, opened: Callable[[], tuple[Backbone, Path]], settings: Settings) -> None:
        memory, seconds = settings.max_backbone_memory_bytes, settings.max_image_seconds
        super().__init__(
            lambda: Runner(opened, memory, seconds),
            Bound(settings.max_queued_pictures, "pictures to wait for a backbone"),
            ready=True,
        )

    def submit(self, picture: NDArray[np.uint8]) -> Task[Runner, Features]:
        """Queue a picture of any size, (h, w, 3), and return its task.

        Raises:
            TooBusy: the queue is full, or the pool closed.
        """
        return self.put(Task(lambda runner: runner.features(picture), work=1))
