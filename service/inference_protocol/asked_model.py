"""A model that was asked, and what it has said so far."""

from dataclasses import dataclass, field

from service.inference_protocol.named_model import NamedModel
from service.inference_protocol.request import Asked
from worker.data.packed import some
from worker.findings.finding import Finding
from worker.jsontypes import Json
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

    def told(self) -> Json:
        """Returns what is said beside the answer, as parameters."""
        model = self.named.model
        about = {
            "alias": self.named.alias,
            "fingerprint": model.fingerprint,
            "warnings": self._said(),
        }
        return {name: value for name, value in about.items() if value}

    def _said(self) -> str:
        model = self.named.model
        found = [
            *model.remarks,
            *(model.warnings if self.named.by_pictures else ()),
            *self.warnings,
        ]
        told = [finding.message for finding in found]
        if self.cut_short:
            places = some(self.cut_short, SHOWN)
            told.append(f"The end of these is missing, they were read as far as they go: {places}.")
        return " ".join(told)
