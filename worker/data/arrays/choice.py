"""Which arrays of an upload are the pictures and the labels of which split."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import PurePosixPath
from typing import NamedTuple

from worker.data.arrays.names import meaning
from worker.data.arrays.stored import Listed
from worker.data.packed import sent_as, some
from worker.data.split_names import Split
from worker.errors import CorruptFile, UnsupportedFile

CLASSES = "list_classes"
COURSE = {"train_set_x", "train_set_y", "test_set_x", "test_set_y"}
SHOWN = 12
ADVICE = (
    "name them x_train and y_train, or train_set_x and train_set_y, and those of a test split "
    "alike, or say with the options x and y how they are called"
)
# Names of what was trained on data, as Keras writes it.
OF_A_MODEL = re.compile(
    r"(?:model_weights|optimizer_weights|_layer_checkpoint_dependencies|layers)(?:/|$)|.*:0$"
)


class Pair(NamedTuple):
    """Pictures x and their labels y, of a split as its writer called it."""

    split: Split
    x: Listed
    y: Listed


class Choice(NamedTuple):
    """What is read of an upload.

    Attributes:
        pairs: one for each split that there is.
        classes: arrays with names of classes.
        left_out: all others.
    """

    pairs: list[Pair]
    classes: list[Listed]
    left_out: list[Listed]


class Named(NamedTuple):
    split: Split
    part: str | None
    array: Listed


def choose(
    arrays: Sequence[Listed], x_name: str | None = None, y_name: str | None = None
) -> Choice:
    """Returns which arrays are read: by their names first, and where these do not tell, by their
    shapes. What has no name of a split is of the train split.

    Args:
        x_name, y_name: how the arrays of pictures and of labels are called, alone or with their
            groups, if that is known.

    Raises:
        UnsupportedFile: the files hold a model.
        CorruptFile: the pictures or the labels of a split are missing, or it has several.
    """
    in_file = Counter(array.file for array in arrays)
    named = [_named(array, alone=in_file[array.file] == 1) for array in arrays]
    for part, name in (("x", x_name), ("y", y_name)):
        if name is not None:
            named = _called(name, part, named, arrays)
    pairs = []
    for split in _splits(named):
        own = [other for other in named if other.split == split]
        x = _one(split, "pictures", _pictures(own), arrays)
        y = _one(split, "labels", _labels(own, x), arrays)
        pairs.append(Pair(split, x, y))
    classes = _classes(named, pairs)
    read = {id(array) for array in (*chain(*((pair.x, pair.y) for pair in pairs)), *classes)}
    return Choice(pairs, classes, [array for array in arrays if id(array) not in read])


def held(arrays: Sequence[Listed]) -> str:
    """Returns the first arrays of an upload for messages, each with its type and shape."""
    return some(arrays, SHOWN, joint="; ") or "no arrays"


def _named(array: Listed, *, alone: bool) -> Named:
    split, part = meaning(array.file, array.name, alone)
    return Named(split or "train", part, array)


def _called(name: str, part: str, named: Sequence[Named], arrays: Sequence[Listed]) -> list[Named]:
    """With this part for the arrays of this name, and for no others."""
    wanted = f"/{name.strip('/')}"
    found = [any(f"/{own}".endswith(wanted) for own in _names_of(each.array)) for each in named]
    if not any(found):
        raise CorruptFile(
            f"Expected an array called {name[:80]!r}, as the option {part} says, got none; there "
            f"came {held(arrays)}."
        )
    return [
        own._replace(part=part if yes else None if own.part == part else own.part)
        for own, yes in zip(named, found, strict=True)
    ]


def _names_of(array: Listed) -> tuple[str, ...]:
    """How an array may be called: by its own name, or, in a file of its own, by that of the file,
    with or without its end."""
    if array.name:
        return (array.name,)
    file = sent_as(array.file)
    return file, PurePosixPath(file).stem


def _splits(named: Sequence[Named]) -> list[Split]:
    """Train in any case, and what else has a name of its own."""
    sent: list[Split] = ["train"]
    others: tuple[Split, ...] = ("validation", "test")
    return sent + [
        split for split in others if any(own.split == split and _is_of_rows(own) for own in named)
    ]


def _is_of_rows(own: Named) -> bool:
    return own.part in ("x", "y") or (own.part is None and len(own.array.shape) > 2)


def _pictures(named: Sequence[Named]) -> list[Listed]:
    found = [own.array for own in named if own.part == "x"]
    found = found or [own.array for own in named if own.part is None and len(own.array.shape) > 2]
    return _preferred(found, [array for array in found if len(array.shape) > 2])


def _labels(named: Sequence[Named], x: Listed) -> list[Listed]:
    found = [own.array for own in named if own.part == "y"]
    others = [own.array for own in named if own.part != "x" and own.array is not x]
    return _preferred(found, [array for array in found or others if _fits(array, x)])


def _fits(array: Listed, x: Listed) -> bool:
    """Whether an array may have something for each picture."""
    return len(array.shape) < 3 and bool({*x.shape[:1]} & {*array.shape})


def _preferred(found: list[Listed], fitting: list[Listed]) -> list[Listed]:
    """Those of the course's own names; else those that fit, where they decide between several, or
    where there are no others."""
    if exact := [array for array in found if array.name in COURSE]:
        return exact
    return fitting if len(found) != 1 and fitting else found


def _classes(named: Sequence[Named], pairs: Sequence[Pair]) -> list[Listed]:
    found = [own.array for own in named if own.part == "classes"]
    exact = [array for array in found if array.name == CLASSES]
    # As many as training pictures: these are the names of the pictures, or the labels.
    return exact or [array for array in found if not _fits(array, pairs[0].x)]


def _one(split: str, what: str, found: Sequence[Listed], arrays: Sequence[Listed]) -> Listed:
    if len(found) == 1:
        return found[0]
    if weights := next((array for array in arrays if OF_A_MODEL.match(array.name)), None):
        raise UnsupportedFile(
            f"Expected arrays of pictures and labels, but {weights.where} is of a Keras model; "
            "send the data that it was trained on."
        )
    came = ", ".join(array.where for array in found) or "none"
    raise CorruptFile(
        f"Expected one array of {what} for the {split} split over all files, got {came}; {ADVICE}. "
        f"There came {held(arrays)}."
    )
