"""Who answers where no version is named: the champion, or who did so last while it cannot."""

import time
from dataclasses import replace
from typing import NamedTuple

from worker.errors import DamagedModel, ModelNotFound, PreprocessingChanged
from worker.findings.finding import Finding
from worker.serving.loaded_models import Loaded, LoadedModels
from worker.store.aliases import Aliases

UNUSABLE = (DamagedModel, PreprocessingChanged)  # what a champion may be that others answer for
RETRY_S = 10.0  # after which a champion that could not be loaded is tried again


class Refused(NamedTuple):
    """A champion that could not be loaded: which version, when, by the monotonic clock, and why."""

    version: int
    at: float
    why: str


class Champions:
    """Remembers of each model which version answered last as its champion."""

    def __init__(self, aliases: Aliases, loaded: LoadedModels) -> None:
        self._aliases, self._loaded = aliases, loaded
        self._last: dict[str, int] = {}
        self._refused: dict[str, Refused] = {}

    def get(self, name: str) -> Loaded:
        """Returns the champion of a model. If it cannot be loaded, another version that was the
        champion in this process before answers on, and says so in each answer.

        Raises:
            ModelNotFound: there is no such model.
            DamagedModel: its aliases cannot be read, or its file is not what was published, and
                none answered before.
            PreprocessingChanged: pictures become other pixels here, and none answered before.
        """
        number = self._aliases.answering(name)
        last = self._last.get(name, number)
        if last == number or not self._is_refused(name, number):
            try:
                model = self._loaded.get(name, number)
            except UNUSABLE as error:
                if last == number:
                    raise
                self._refused[name] = Refused(number, time.monotonic(), str(error))
            else:
                self._last[name] = number
                return model
        try:
            return standing_in(self._loaded.get(name, last), self._refused[name])
        except (ModelNotFound, *UNUSABLE):  # then the champion is to say what is the matter
            self._last.pop(name, None)
            return self.get(name)

    def _is_refused(self, name: str, version: int) -> bool:
        """Whether this version could not be loaded just now: that is to read all of its file."""
        refused = self._refused.get(name)
        return (
            refused is not None
            and refused.version == version
            and time.monotonic() - refused.at < RETRY_S
        )


def standing_in(model: Loaded, champion: Refused) -> Loaded:
    """Returns the model as it answers for a champion that cannot."""
    said = Finding(
        code="champion_unusable",
        severity="warning",
        message=f"Version {champion.version} is the champion and cannot answer; version "
        f"{model.version} does, the last one that could. {champion.why}",
    )
    return replace(model, remarks=(*model.remarks, said))
