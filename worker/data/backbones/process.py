"""The parent's side of a process that runs a backbone."""

import json
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from worker.data.backbones.backbone import MOST_FEATURES, Backbone
from worker.data.children.child import NO_ANSWER, Child, Told
from worker.errors import BackboneUnavailable, InvalidParameter

TOLD = TypeAdapter(Told)
NUMBER = np.dtype(np.float32)

Features = NDArray[np.float32]

log = logging.getLogger(__name__)


class Runner(Child):
    """A process that runs a backbone, and the next one when it has died.

    Args:
        opened: returns the backbone and the file of its network, which it has checked; called
            before each start.
        memory_bytes: of address space.
        seconds: of processor time for each picture.
    """

    MODULE = "worker.data.backbones.runner"
    # ONNX Runtime sends what it is used for.
    ENVIRONMENT: ClassVar = {**Child.ENVIRONMENT, "ORT_DISABLE_TELEMETRY": "1"}

    def __init__(
        self, opened: Callable[[], tuple[Backbone, Path]], memory_bytes: int, seconds: int
    ) -> None:
        super().__init__(seconds)
        self._opened, self._memory_bytes = opened, memory_bytes
        self._features = 0  # that a sound answer has, once a process was started

    def arguments(self) -> Sequence[str]:
        backbone, network = self._opened()
        self._features = backbone.features
        about = json.dumps(backbone.as_dict())
        return str(network.absolute()), about, str(self._memory_bytes), str(self._most_seconds)

    def unavailable(self) -> BackboneUnavailable:
        return BackboneUnavailable(
            "Expected a process to run the backbone, and none comes up; the log may say why. It "
            "may need more memory than PURR_MAX_BACKBONE_MEMORY_BYTES."
        )

    def features(self, picture: NDArray[np.uint8]) -> Features:
        """Returns the features of a picture of any size, (h, w, 3): (features,).

        Raises:
            InvalidParameter: they are not finite.
            BackboneUnavailable: the process has ended or takes too long, or none can be started.
            WorkerError: as `opened` raises it.
        """
        try:
            pixels = np.ascontiguousarray(picture).data.cast("B")
            words, answer = self.ask(
                {"shape": picture.shape}, pixels, NUMBER.itemsize * MOST_FEATURES
            )
            self.seconds = TOLD.validate_python(words).seconds
            found = np.frombuffer(answer, NUMBER)
            if len(found) != self._features:
                raise ValueError(f"{len(found)} features")
        except NO_ANSWER as error:
            self.stop()
            log.warning("a picture of %s has ended a backbone: %s", picture.shape, error)
            raise BackboneUnavailable(
                "Expected features of the picture, but the process that runs the backbone has "
                f"ended, or needed more than {self._most_seconds} s or its memory. It is started "
                "again; if this picture is refused again, leave it out."
            ) from error
        if not np.isfinite(found).all():
            raise InvalidParameter(
                "Expected a picture of which the backbone makes finite features, but of this one "
                "some are not; send another one, or train with another backbone."
            )
        return found
