"""Which model is asked, and by which path."""

from typing import NamedTuple


class Asked(NamedTuple):
    """Which version of a model is asked, and what is told of its answers.

    Attributes:
        version, alias: by which it is found; the champion if neither is given.
        threshold: from which on the second of two classes is the label.
    """

    model: str
    version: int | None = None
    alias: str | None = None
    threshold: float | None = None

    @property
    def path(self) -> str:
        # Imported here because the library takes its time, for which `purr --help` need not wait.
        from purrceptron.session import path_of

        if self.version is not None:
            return path_of("models", self.model, "versions", self.version, "predict")
        if self.alias is not None:
            return path_of("models", self.model, "aliases", self.alias, "predict")
        return path_of("models", self.model, "predict")

    @property
    def query(self) -> dict[str, object]:
        return {"threshold": self.threshold}
