"""A model that was asked, and what it has said so far."""

from dataclasses import dataclass, field

from service.inference_protocol.named_model import NamedModel
from service.inference_protocol.request import Asked
from worker.data.packed import some
from worker.findings.finding import Finding
from worker.serving.tensor_answers import Answers

SHOWN = 5  # places in a warning


@dataclass
class AskedModel:
    """A request that was understood, on its way to an answer.

    Attributes:
        warnings: what is odd about its rows.
        cut_short: the places of pictures that lack their end.
    """

    named: NamedModel
    request: Asked
    answers: Answers
    warnings: list[Finding] = field(default_factory=list)
    cut_short: list[int] = field(default_factory=list)

    def said(self) -> str:
        """Returns all that is to be said beside the answer; "" if there is nothing."""
        found = [*(self.named.model.warnings if self.named.by_pictures else ()), *self.warnings]
        told = [finding.message for finding in found]
        if self.cut_short:
            places = some(self.cut_short, SHOWN)
            told.append(f"The end of these is missing, they were read as far as they go: {places}.")
        return " ".join(told)
