"""What people call their arrays: which split one is of, and whether it has pictures, labels or the
names of the classes."""

import re
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

from worker.data.split_names import WORDS, Split

Part = Literal["x", "y", "classes"]

# The first that a name has a word of: `image_labels` are labels, `label_classes` are classes.
PART_WORDS: dict[Part, set[str]] = {
    "classes": {"classes", "categories"},
    "y": {
        "y", "ys", "label", "labels", "lbl", "lbls", "target", "targets", "class", "output",
        "outputs", "truth",
    },
    "x": {
        "x", "xs", "image", "images", "img", "imgs", "picture", "pictures", "pic", "pics", "photo",
        "photos", "data", "feature", "features", "input", "inputs", "pixel", "pixels", "sample",
        "samples",
    },
}  # fmt: skip
# Of what else a name is: `label_names` are classes, `image_names` and `filenames` are neither.
NAMES = {"name", "names"}
OTHERS = {"file", "files", "path", "paths", "id", "ids"}
KNOWN = set().union(*WORDS.values(), *PART_WORDS.values(), NAMES, OTHERS)
# Capitals that no small letter follows, a word, or a number.
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


class Meaning(NamedTuple):
    """What a name says; None where it says nothing of that, or more than one thing."""

    split: Split | None
    part: Part | None


def meaning(file: str, name: str, alone: bool) -> Meaning:
    """Returns what the name of an array says, or else that of its file.

    Args:
        name: of the array in its file; empty in a file of one array.
        alone: whether it is the only array of its file, so that the file's name is its own too.
    """
    inner, outer = words_of(name), words_of(PurePosixPath(file).stem)
    return Meaning(
        _split(inner) or _split(outer),
        _part(inner) or (_part(outer) if alone else None),
    )


def words_of(name: str) -> set[str]:
    """Returns the words of a name in small letters: the same of `X_train`, `xTrain`, `xtrain`."""
    found = set()
    for word in map(str.lower, WORD.findall(name)):
        found |= {word} if word in KNOWN else _halves(word)
    return found


def _halves(word: str) -> set[str]:
    for cut in range(1, len(word)):
        if {word[:cut], word[cut:]} <= KNOWN:
            return {word[:cut], word[cut:]}
    return {word}


def _split(words: set[str]) -> Split | None:
    found = [split for split, known in WORDS.items() if words & known]
    return found[0] if len(found) == 1 else None


def _part(words: set[str]) -> Part | None:
    if words & (NAMES | OTHERS):
        return None if words & (PART_WORDS["x"] | OTHERS) else "classes"
    return next((part for part, known in PART_WORDS.items() if words & known), None)
