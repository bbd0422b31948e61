"""The parent's side of a process that decodes pictures."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import TypeAdapter

from worker.data.children import child
from worker.data.children.child import NO_ANSWER, Child
from worker.data.pictures.pixels import Picture
from worker.data.preprocessing import Preprocessing
from worker.errors import CorruptFile, LimitExceeded, TooBusy, TooCostly, UnsupportedFile

REFUSALS = {kind.__name__: kind for kind in (CorruptFile, LimitExceeded, UnsupportedFile)}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Told(child.Told):
    """What a process says beside the pixels.

    Attributes:
        error: the name of what refuses the picture; empty where nothing does.
        detail: why, in words.
        cut_short: whether the picture lacks its end.
    """

    error: str = ""
    detail: str = ""
    cut_short: bool = False


TOLD = TypeAdapter(Told)


class Decoder(Child):
    """A process that decodes, and the next one when it has died."""

    MODULE = "worker.data.pictures.decoder"
    # The memory of a large picture goes back to the system, and that of others stays: to get it
    # anew would take as long as a third of the decoding.
    ENVIRONMENT: ClassVar = {
        **Child.ENVIRONMENT,
        "MALLOC_ARENA_MAX": "1",
        "MALLOC_MMAP_THRESHOLD_": str(2**24),
        "MALLOC_TRIM_THRESHOLD_": str(2**25),
    }

    def __init__(self, max_pixels: int, seconds: int) -> None:
        super().__init__(seconds)
        self._max_pixels = max_pixels

    def arguments(self) -> Sequence[str]:
        return str(self._max_pixels), str(self._most_seconds)

    def unavailable(self) -> TooBusy:
        return TooBusy(
            "Expected a process to decode the picture, and none comes up; the log may say why. Try "
            "again shortly."
        )

    def decode(self, encoded: bytes, preprocessing: Preprocessing) -> Picture:
        """Returns the picture.

        Raises:
            CorruptFile, LimitExceeded, UnsupportedFile: as `pixels.decode` says.
            TooCostly: it needed more than the time or memory for one picture, or its decoder
                crashed.
            TooBusy: no process can be started.
        """
        shape = preprocessing.shape
        size = int(np.prod(shape))
        try:
            words, answer = self.ask(preprocessing.as_dict(), encoded, size)
            told = TOLD.validate_python(words)
            told.detail.encode()  # JSON can name what no text can have
        except NO_ANSWER as error:
            self.stop()
            log.warning("a picture of %d bytes has ended a decoder: %s", len(encoded), error)
            raise self._too_costly() from error
        self.seconds = told.seconds
        if kind := REFUSALS.get(told.error):
            raise kind(told.detail)
        if told.error or len(answer) != size:
            raise self._too_costly()
        pixels = np.frombuffer(answer, np.uint8).reshape(shape)
        return Picture(pixels, told.cut_short)

    def _too_costly(self) -> TooCostly:
        return TooCostly(
            f"Expected a picture that is decoded within {self._most_seconds} s and the memory for "
            "one, but this one needs more, or breaks the decoder. Save it again as a plain JPEG or "
            "PNG."
        )
