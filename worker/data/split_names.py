"""What people call the folders of their splits."""

import re
from typing import Literal

# Pictures of `unlabelled` ones are to be answered, by whoever took part in a contest.
Split = Literal["train", "validation", "test", "unlabelled"]
SPLIT_WORDS: dict[Split, str] = {
    "train": "train|training|trn",
    "validation": "val|valid|validation|dev",
    "test": "test|testing|tst",
    "unlabelled": "pred|predict|prediction|unlabell?ed|submission",
}
# As in seg_train, training_set, test1, Valid Images.
AROUND = r"(?:seg[ _-]?)?(?:{})(?:[ _-]?(?:set|data|split|folder|images|imgs|pictures))?[ _-]?\d*"
PATTERNS = {
    split: re.compile(AROUND.format(words), re.IGNORECASE) for split, words in SPLIT_WORDS.items()
}


def split_called(folder: str) -> Split | None:
    """Returns the split that a folder of this name holds; None for the name of anything else."""
    return next((split for split, form in PATTERNS.items() if form.fullmatch(folder.strip())), None)
