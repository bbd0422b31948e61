"""Whether pictures become the same pixels here as where a model was trained."""

from collections.abc import Mapping
from typing import Any

from worker.data.pictures.fingerprint import Fingerprint, fingerprint
from worker.data.preprocessing import Preprocessing
from worker.data.tables.preprocessing import TablePreprocessing
from worker.errors import PreprocessingChanged
from worker.findings.finding import Finding

ALLOWED = 1  # of 255, by which a pixel may differ
DIGITS = 16  # of a digest that answers tell


def compared(
    kept: Mapping[str, Any] | None, preprocessing: Preprocessing | TablePreprocessing
) -> Finding | None:
    """Returns what is to be said of the pixels that a model gets here, which may differ a little
    from those that it was trained on; None where they are the same, or the model does not say.

    Args:
        kept: the fingerprint in the model's manifest.

    Raises:
        PreprocessingChanged: they differ by more than that.
    """
    if kept is None or isinstance(preprocessing, TablePreprocessing):
        return None
    trained, here = Fingerprint(**kept), fingerprint(preprocessing)
    if not (difference := here.difference(trained)):
        return None
    came = (
        f"by {told(trained)}, which trained it, and by {told(here)}, which is here, by up to "
        f"{difference} of 255"
    )
    if difference > ALLOWED:
        raise PreprocessingChanged(
            "Expected pictures to become the pixels that the model was trained on, but they differ "
            f"{came}. Install the versions that trained it, or train it again."
        )
    message = f"Pictures become pixels that differ {came}; its answers may differ as little."
    return Finding(code="preprocessing_differs", severity="warning", message=message)


def short(preprocessing: Preprocessing | TablePreprocessing) -> str | None:
    """Returns the first digits of the fingerprint of the pixels that pictures become here; None
    where no pictures are taken."""
    if isinstance(preprocessing, TablePreprocessing) or preprocessing.kind != "picture":
        return None
    return fingerprint(preprocessing).sha256.removeprefix("sha256:")[:DIGITS]


def told(made: Fingerprint) -> str:
    return ", ".join(f"{name} {version or 'unknown'}" for name, version in made.made_by.items())
