"""What people call their splits: folders, and arrays."""

import re
from typing import Literal

Split = Literal["train", "validation", "test"]
# Pictures of `unlabelled` ones are to be answered, by whoever took part in a contest.
FolderSplit = Split | Literal["unlabelled"]

WORDS: dict[Split, set[str]] = {
    "train": {"train", "training", "trn", "tr"},
    "validation": {"val", "valid", "validation", "dev"},
    "test": {"test", "testing", "tst", "te", "eval", "evaluation"},
}
UNLABELLED = {"pred", "predict", "prediction", "unlabeled", "unlabelled", "submission"}
SHORT = 2  # letters of a word that is too short to be a folder's whole name
# As in seg_train, training_set, test1, Valid Images.
AROUND = r"(?:seg[ _-]?)?(?:{})(?:[ _-]?(?:set|data|split|folder|images|imgs|pictures))?[ _-]?\d*"


def _pattern(words: set[str]) -> re.Pattern[str]:
    whole = sorted(word for word in words if len(word) > SHORT)
    return re.compile(AROUND.format("|".join(whole)), re.IGNORECASE)


PATTERNS: dict[FolderSplit, re.Pattern[str]] = {
    **{split: _pattern(words) for split, words in WORDS.items()},
    "unlabelled": _pattern(UNLABELLED),
}


def split_called(folder: str) -> FolderSplit | None:
    """Returns the split that a folder of this name holds; None for the name of anything else."""
    return next((split for split, form in PATTERNS.items() if form.fullmatch(folder.strip())), None)
