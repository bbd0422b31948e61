"""What the rows of a dataset show, once its arrays are written."""

import difflib
from collections.abc import Sequence
from typing import Any

from worker.data.given_away import most_telling
from worker.data.packed import some
from worker.data.split_names import split_called
from worker.data.written_arrays import WrittenArrays
from worker.findings.few_test_rows import few_test_rows
from worker.findings.rule import Observation, Rule

# Of two classes, a fifth of an equal share is a tenth of the rows.
RARE_SHARE = 0.2
LIKE = 0.7  # of 1: from here on a name is taken for another
NAMED = 5  # classes that a finding names; the rest it counts
SHOWN = 20  # rows, or pairs of them, in the evidence of a finding


def without_training_rows(arrays: WrittenArrays) -> Observation | None:
    """Classes of which nothing is learned, each with the one that it may be meant to be."""
    names, counts = arrays.classes, arrays.per_class["train"]
    lost = [name for name, count in zip(names, counts, strict=True) if not count]
    if not lost:
        return None
    learned = [name for name, count in zip(names, counts, strict=True) if count]
    told = some(lost, NAMED, lambda name: _with_guess(name, learned))
    return Observation(
        f"No training row is of the class {told}, so no model can learn it. Give it the same name "
        "in each split, or send rows of it to train on.",
        {"classes": lost[:NAMED]},
    )


def _with_guess(name: str, learned: Sequence[str]) -> str:
    guess = difflib.get_close_matches(name, learned, 1, LIKE)
    return f"{name!r} (is it {guess[0]!r}?)" if guess else repr(name)


def split_like_classes(arrays: WrittenArrays) -> Observation | None:
    """Classes that are called as splits are: two of them are no chance."""
    meant = [name for name in arrays.classes if split_called(name)]
    if len(meant) < 2:
        return None
    return Observation(
        f"The classes {', '.join(map(repr, meant[:NAMED]))} are called as splits are, so what is "
        "learned may be which split a row is from. Send the labels of what is to be seen.",
        {"classes": meant[:NAMED]},
    )


def imbalance(arrays: WrittenArrays) -> Observation | None:
    counts = arrays.per_class["train"]
    fewest = min(range(len(counts)), key=counts.__getitem__)
    total = sum(counts)
    if counts[fewest] >= RARE_SHARE * total / len(arrays.classes):
        return None
    return Observation(
        f"Class {arrays.classes[fewest]!r} has {counts[fewest]:,} of {total:,} training rows; a "
        f"model that never answers it would look accurate, so add {arrays.samples} of it."
    )


def one_class_tested(arrays: WrittenArrays) -> Observation | None:
    counts = arrays.per_class["test"]
    tested = [name for name, count in zip(arrays.classes, counts, strict=True) if count]
    if len(tested) != 1:
        return None
    return Observation(
        f"All {arrays.test_rows:,} test rows are of the class {tested[0]!r}, so the test accuracy "
        "says nothing of the others; put rows of each class into the test split.",
        {"class": tested[0]},
    )


def two_labels(arrays: WrittenArrays) -> Observation | None:
    """Rows of the training split with the same bytes and other classes."""
    labels = arrays.labels("train")
    torn = [
        [first, other]
        for first, *others in arrays.repeats
        if (other := next((o for o in others if labels[o] != labels[first]), None)) is not None
    ]
    if not torn:
        return None
    first, other = torn[0]
    return Observation(
        f"{len(torn):,} training {arrays.samples} are there under two classes, byte for byte, such "
        f"as rows {first} ({arrays.classes[labels[first]]!r}) and {other} "
        f"({arrays.classes[labels[other]]!r}); keep each under the class that it is of.",
        {"train_rows": torn[:SHOWN]},
    )


def repeated(arrays: WrittenArrays) -> Observation | None:
    if not (groups := arrays.repeats):
        return None
    more = sum(len(group) - 1 for group in groups)
    return Observation(
        f"{more:,} of {sum(arrays.per_class['train']):,} training {arrays.samples} are there more "
        "than once, byte for byte, and count the more; leave them out, unless that is meant.",
        {"train_rows": [group[:SHOWN] for group in groups[:SHOWN]]},
    )


def duplicates(arrays: WrittenArrays) -> Observation | None:
    rows = arrays.in_both
    if not len(rows):
        return None
    return Observation(
        f"Of {arrays.test_rows:,} test {arrays.samples}, {len(rows):,} can be found in the "
        "training split too, byte for byte, so the test accuracy will look better than it is.",
        {"test_rows": rows[:SHOWN].tolist()},
    )


def near_duplicates(arrays: WrittenArrays) -> Observation | None:
    if not (found := arrays.alike):
        return None
    first = found[0]
    return Observation(
        f"{len(found):,} of {arrays.test_rows:,} test pictures look almost like one in the "
        f"training split, such as test row {first.second} like training row {first.first}, so the "
        "test accuracy will look better than it is; keep such pictures in one split.",
        {"train_and_test_rows": [[*pair] for pair in found[:SHOWN]]},
    )


def flat_pictures(arrays: WrittenArrays) -> Observation | None:
    rows = {f"{split}_rows": found.tolist() for split, found in arrays.flat.items()}
    if not (count := sum(map(len, rows.values()))):
        return None
    total = sum(map(sum, arrays.per_class.values()))
    return Observation(
        f"{count:,} of {total:,} pictures are of nearly one colour and show nothing; leave them "
        "out, unless that is what a class looks like.",
        {name: found[:SHOWN] for name, found in rows.items() if found},
        severity="severe" if 2 * count > total else None,
    )


def given_away(arrays: WrittenArrays) -> Observation | None:
    about: dict[str, Sequence[Any]] = {**arrays.about}
    about["brightness"] = arrays.looks["train"].brightness.tolist()
    found = most_telling(about, arrays.labels("train"))
    if found is None:
        return None
    return Observation(
        f"The {found.what} of a picture alone tells the class of {found.right:.0%} of the "
        f"training rows, of which the most frequent class has {found.most:.0%}, so a model may "
        "learn that in place of what is to be seen. Send pictures of all classes that were taken "
        "and saved alike.",
        {"what": found.what, "right": round(found.right, 4), "most_frequent": round(found.most, 4)},
    )


def constant_features(arrays: WrittenArrays) -> Observation | None:
    constant = int(arrays.constant.sum())
    if not constant:
        return None
    return Observation(
        f"{constant:,} of {arrays.constant.size:,} features are the same in every training row and "
        "tell the classes nothing."
    )


# Of pictures and of tables.
OF_ROWS: tuple[Rule[WrittenArrays], ...] = (
    Rule("class_without_training_rows", "severe", without_training_rows),
    Rule("split_like_classes", "severe", split_like_classes),
    Rule("class_imbalance", "warning", imbalance, ("class_without_training_rows",)),
    Rule("one_class_tested", "warning", one_class_tested),
    few_test_rows(lambda arrays: arrays.test_rows),
    Rule("two_labels", "warning", two_labels),
    Rule("repeated_rows", "info", repeated, ("two_labels",)),
    Rule("duplicates_across_splits", "warning", duplicates),
)
OF_PICTURES: tuple[Rule[WrittenArrays], ...] = (
    *OF_ROWS,
    Rule("near_duplicates_across_splits", "warning", near_duplicates),
    Rule("flat_pictures", "warning", flat_pictures),
    Rule("class_given_away", "warning", given_away),
    Rule("constant_features", "info", constant_features),
)
