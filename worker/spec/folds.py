"""Folds: how often a job trains on some of its rows and is asked about the others."""

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

MAX_EPOCHS = 1_000_000  # of all trainings of a job together
# What a job with folds cannot be as well, and what to do instead.
INSTEAD = {
    "checkpoint": "publish it without folds",
    "verifies": "leave folds out: the network that is published has the weights of a job without",
    "keep_checkpoints": "leave one out; without folds the same seed leads to the same network",
}


def goes_with_the_rest(folds: int | None, info: ValidationInfo) -> int | None:
    """Refuse folds beside what has one training alone, and too many epochs of all trainings."""
    if folds is not None:
        for field, instead in INSTEAD.items():
            if info.data.get(field):
                raise ValueError(f"folds do not go with {field}; {instead}")
        check_epochs(folds, 1, info)
    return folds


def goes_with_folds(repeats: int, info: ValidationInfo) -> int:
    """Refuse repeats of no folds, and too many epochs of all trainings."""
    folds = info.data.get("folds", "refused")
    if folds is None and repeats > 1:
        raise ValueError("repeats above 1 need folds: without them there is nothing to repeat")
    if isinstance(folds, int):
        check_epochs(folds, repeats, info)
    return repeats


def check_epochs(folds: int, repeats: int, info: ValidationInfo) -> None:
    # Epochs that were refused already are missing here; one complaint is enough.
    trainings, epochs = folds * repeats + 1, info.data.get("epochs", 0)
    if trainings * epochs > MAX_EPOCHS:
        raise ValueError(
            f"a job may have {MAX_EPOCHS:,} epochs in all its trainings, got {trainings} "
            f"trainings of {epochs:,}: one for each fold and repeat, and one on all rows"
        )


Folds = Annotated[
    int | None,
    Field(
        ge=2,
        le=20,
        description="How many parts the rows are divided into, each of which is held out from one "
        "more training and asked about; the network that is published learns from all rows.",
    ),
    AfterValidator(goes_with_the_rest),
]
Repeats = Annotated[
    int,
    Field(ge=1, le=10, description="How often they are divided anew; 1 without folds."),
    AfterValidator(goes_with_folds),
]
