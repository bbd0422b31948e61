"""What models answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from purrceptron.answers import Answer, Finding, Problem
from purrceptron.errors import Invalid
from purrceptron.questions import Asked, bodies

if TYPE_CHECKING:
    from purrceptron.session import Session


class Prediction(Answer):
    """What is said of one picture or row.

    Attributes:
        decision: the label, or "unsure"; then `reason` says why.
        confidence: the probability of the label, calibrated; None without rows to validate.
        prediction_id: by which it may be judged later; None where the service keeps none.
        problem: why there is no answer for this one of many; then all else is None.
    """

    label: str | None = None
    probability: float | None = None
    probabilities: dict[str, float] = {}
    decision: str | None = None
    confidence: float | None = None
    reason: dict[str, Any] | None = None
    prediction_id: str | None = None
    problem: Problem | None = None

    brief = ("label", "probability", "decision", "problem")


class Predictions(Answer):
    """A prediction for each picture or row, in the order in which they were asked.

    It is a sequence of them.
    """

    model: str
    version: int
    alias: str | None = None
    threshold: float | None = None
    predictions: list[Prediction]
    warnings: list[Finding] = []
    unsure: dict[str, Any] | None = None

    def __len__(self) -> int:
        return len(self.predictions)

    def __getitem__(self, place: int) -> Prediction:
        return self.predictions[place]

    def __iter__(self) -> Iterator[Prediction]:  # type: ignore[override] # not over its fields
        return iter(self.predictions)


async def asked_about(
    session: Session[Any], path: str, query: Mapping[str, Any], asked: Asked
) -> Predictions:
    """Returns what a model answers, by one version of it however many requests that takes."""
    questions, found, answer = bodies(asked), list[Prediction](), None
    refused: Invalid | None = None
    while (body := await session.transport.apart(next, questions, None)) is not None:
        try:
            said = await session.ask(Predictions, "POST", path, query=query, body=lambda: body)
        except Invalid as error:
            if len(body.get("files", ())) != 1:
                raise
            refused = error  # the last one of many, alone in its request
            found.append(Prediction(problem=session.known_as(Problem, error.problem)))
            continue
        if answer and answer.version != said.version:  # another one was promoted meanwhile
            questions, found, answer = bodies(asked), [], None
            continue
        answer = said
        found += said.predictions
    if answer is None:
        raise refused or ValueError("Expected at least one picture or row, got none.")
    answer.predictions = found
    return answer
