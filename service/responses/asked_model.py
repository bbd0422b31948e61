"""The model that a request asks, and how its answer is told."""

from typing import NamedTuple

from service.requests.asked_options import Options
from worker.jsontypes import Json
from worker.serving.decisions import by_threshold, told
from worker.serving.loaded_models import Loaded


class AskedModel(NamedTuple):
    """A model that is asked.

    Attributes:
        alias: by which its version was found; None if that was asked for by its number.
    """

    loaded: Loaded
    alias: str | None
    options: Options

    def told(self) -> Json:
        """Returns what every answer says of where it comes from."""
        model = self.loaded
        return {
            "model": model.name,
            "version": model.version,
            "alias": self.alias,
            "fingerprint": model.fingerprint,
            "threshold": self.options.threshold,
            "unsure": told(by_threshold(model.unsure, self.options.threshold)),
        }
