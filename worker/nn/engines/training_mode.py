"""Whether what is recorded does as a network in training, or as one that answers."""

from collections.abc import Iterator
from contextlib import contextmanager


class TrainingMode:
    """Part of an engine: in training, numbers are left out, and batches normalized by themselves
    while running statistics follow."""

    _training = True

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Within this block what is recorded answers: the layers that are frozen do."""
        before, self._training = self._training, False
        try:
            yield
        finally:
            self._training = before
