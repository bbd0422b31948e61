"""The epochs of a job, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from purrceptron.answers import Answer

if TYPE_CHECKING:
    from pandas import DataFrame

EPOCHS = 1_000  # that are asked for at a time


class Epoch(Answer):
    """What is known of an epoch. Of a long job, some do not say anything of the layers."""

    epoch: int
    step: int
    loss: float
    accuracy: float
    validation_loss: float | None = None
    validation_accuracy: float | None = None
    learning_rate: float | None = None
    gradient_norms: list[float | None] | None = None
    layers: list[dict[str, Any]] | None = None
    seconds: float | None = None

    brief = ("epoch", "loss", "accuracy", "validation_loss", "validation_accuracy")


class Metrics(list[Epoch]):
    """A row for each epoch, the first one first."""

    def to_pandas(self) -> DataFrame:
        """Returns them as a table of pandas, by epoch; what is said of layers stays in lists.

        Raises:
            ImportError: pandas is not installed.
        """
        import pandas

        return pandas.DataFrame([row.model_dump() for row in self]).set_index("epoch")
