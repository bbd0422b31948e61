"""What is known of a training once it has ended."""

from dataclasses import dataclass

from worker.jsontypes import Json


@dataclass(frozen=True)
class Outcome:
    """How a training ended, and what its model is worth.

    Attributes:
        ended_by: `epochs`, `early_stopping`, `max_seconds`, `stop` or `checkpoint`.
        result: for each split all its measures; None for a split without rows.
        classes: names of the classes that the model answers.
        classes_before: those of the version before it; None where there is none.
        backbone: name of a backbone that is ready; None where there is none.
    """

    ended_by: str
    result: Json
    classes: list[str]
    classes_before: list[str] | None = None
    backbone: str | None = None

    @property
    def unseen(self) -> Json | None:
        """The measures on rows that were not trained on: of the test split, or else of the
        validation split; None where both have no rows."""
        unseen: Json | None = self.result["test"] or self.result["validation"]
        return unseen
