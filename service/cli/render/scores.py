"""How what was measured of a model looks: scores, classes, confusions."""

from collections.abc import Iterator, Sequence
from itertools import chain

from service.cli.render.words import Fields, accuracy_with_interval, figure, percent
from service.cli.terminal import say, say_fields, say_table, width
from worker.jsontypes import Json

SPLITS = ("train", "validation", "test")
WIDE = 20  # classes, and so columns, that an eye still follows
LARGEST = 10  # confusions that are listed where there are too many for a table


def show_evaluation(result: Json) -> None:
    """Everything: scores, every class, every confusion or the largest."""
    say_fields(score_fields(result))
    _show_folds(result)
    _show_classes(result)
    show_confusions(result)


def score_fields(result: Json) -> Fields:
    """A line for each split."""
    for split, scores in _measured(result):
        yield split, _scores(scores)
        if decided := scores.get("unsure"):
            yield f"{split}, decided", _decided(decided, scores["rows"])
    if result.get("temperature"):
        yield "temperature", figure(result["temperature"])
    if folds := result.get("cross_validation"):
        yield from fold_fields(folds)


def fold_fields(folds: Json) -> Fields:
    """What came of folds: of all rows together, and how far they are apart."""
    times = f", {folds['repeats']} times" if folds["repeats"] > 1 else ""
    yield f"{folds['folds']} folds{times}", _scores(folds)
    accuracy, loss = percent(folds["accuracy_deviation"]), figure(folds["loss_deviation"])
    yield "deviation of a fold", f"loss {loss}, accuracy {accuracy}"


def show_confusions(result: Json) -> None:
    """A table for each split; where that would be too wide, a list of the largest confusions."""
    for split, scores in _measured(result):
        if counts := scores.get("confusion"):
            say("")
            _show_confusion(split, counts, _labels(scores))


def leaves_out_confusions(result: Json) -> bool:
    """Whether there are so many classes that only the evaluation has them."""
    return any("confusion" in s and s["confusion"] is None for _, s in _measured(result))


def _measured(result: Json) -> Iterator[tuple[str, Json]]:
    return ((split, scores) for split in SPLITS if (scores := result.get(split)))


def _scores(scores: Json) -> str:
    named = {"loss": figure(scores.get("loss")), "accuracy": accuracy_with_interval(scores)}
    named["majority"] = percent(scores.get("majority_baseline"))
    named["auc"] = figure(scores.get("auc"))
    named["calibration error"] = figure(scores.get("calibration_error"))
    return ", ".join(f"{name} {value}" for name, value in named.items() if value is not None)


def _decided(outcome: Json, rows: int) -> str:
    """How many answers are not unsure, and how many of these are wrong."""
    wrong = "" if outcome["error"] is None else f", {percent(outcome['error'])} of them wrong"
    return f"{outcome['decided']:,} of {rows:,}{wrong}"


def _labels(scores: Json) -> list[str]:
    """The classes in the order of the counts, or their numbers where nothing names them."""
    names = list(scores.get("per_class") or ())
    known = len(names) == len(scores["confusion"])
    return names if known else [str(number) for number in range(len(scores["confusion"]))]


def _show_confusion(split: str, counts: Sequence[Sequence[int]], labels: list[str]) -> None:
    columns = ["", *labels]
    rows = [[label, *map(str, row)] for label, row in zip(labels, counts, strict=True)]
    needed = sum(2 + max(map(len, column)) for column in zip(columns, *rows, strict=True))
    if len(labels) > WIDE or needed > width():
        _show_largest(split, counts, labels)
    else:
        say(f"{split}: rows true, columns answered")
        say_table(columns, rows, numbers=True)


def _show_largest(split: str, counts: Sequence[Sequence[int]], labels: list[str]) -> None:
    wrong = [
        (count, sum(row), true, answered)
        for true, row in enumerate(counts)
        for answered, count in enumerate(row)
        if count and answered != true
    ]
    # The classes' order settles a tie, so that the list is always the same.
    wrong.sort(key=lambda each: (-each[0], each[2:]))
    say(f"{split}: the largest {min(len(wrong), LARGEST)} of {len(wrong)} confusions")
    rows = ((labels[t], labels[a], f"{count} of {of}") for count, of, t, a in wrong[:LARGEST])
    say_table(("true", "answered", "rows"), rows)


def _show_folds(result: Json) -> None:
    """A row for each fold and repeat."""
    if each := (result.get("cross_validation") or {}).get("each"):
        say("")
        names = ("repeat", "fold", "rows", "loss", "accuracy", "epochs", "ended_by")
        titles = [name.replace("_", " ") for name in names]
        say_table(titles, ([figure(fold[name]) for name in names] for fold in each))


def _show_classes(result: Json) -> None:
    """A row for each class, with its precision and recall in every split."""
    splits = [(split, s["per_class"]) for split, s in _measured(result) if s.get("per_class")]
    if not splits:
        return
    say("")
    names = (f"{split} {measure}" for split, _ in splits for measure in ("precision", "recall"))
    say_table(
        ("class", *names),
        (
            (name, *chain.from_iterable(_both(classes[name]) for _, classes in splits))
            for name in splits[0][1]
        ),
    )


def _both(measures: Json) -> tuple[object, object]:
    return figure(measures["precision"]), figure(measures["recall"])
