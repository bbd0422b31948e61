"""What a model says of the rows of a dataset: a line of JSON each, and the same as columns.

A line has `row`, its place in the split from 0; `split`; `name`, how its file was called in the
upload, and `label`, its class there, both null where that is not known; and what a prediction has:
`prediction`, `probability`, `probabilities`, `decision`, `confidence` and `reason`. A line about a
row of an upload has `problem` too: why nothing is said of it, or null.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from worker.findings.intervals import wilson_interval
from worker.jsontypes import Json

OF_ROW = {"row": int, "split": str, "name": str, "label": str}
OF_ANSWER = {"prediction": str, "probability": float, "decision": str, "confidence": float}
REASON = "reason"  # why the decision is "unsure", as a code
ALWAYS = {**OF_ROW, **OF_ANSWER, REASON: str}
PROBLEM = "problem"  # why there is no answer, as its code and its detail
OF_PROBLEM = {PROBLEM: str, "problem_detail": str}
# What stands in the line of a row about which a model cannot be asked.
UNANSWERED: Json = {
    "prediction": None, "probability": None, "probabilities": {}, "decision": None,
    "confidence": None, REASON: None,
}  # fmt: skip


def columns(classes: Sequence[str], top: int, with_problems: bool = False) -> dict[str, type]:
    """Returns the name and the type of each column, in their order: where all classes are told, one
    with the probability of each; otherwise two for each rank behind the first.

    No name begins as a class does, so none is taken for a formula.
    """
    always = ALWAYS | (OF_PROBLEM if with_problems else {})
    if top >= len(classes):
        return always | {f"p:{name}": float for name in classes}
    ranked: dict[str, type] = {}
    for rank in range(2, top + 1):
        ranked |= {f"prediction_{rank}": str, f"probability_{rank}": float}
    return always | ranked


def cells(line: Json, classes: Sequence[str], top: int) -> list[str | int | float | None]:
    """Returns what stands in the columns of a line."""
    told, reason = line["probabilities"], line[REASON]
    found = [line[name] for name in (*OF_ROW, *OF_ANSWER)]
    found.append(None if reason is None else reason["code"])
    if PROBLEM in line:
        problem = line[PROBLEM] or {}
        found += [problem.get("code"), problem.get("detail")]
    if top >= len(classes):
        return [*found, *map(told.get, classes)]
    ranked = [*told.items()][1:] or [(None, None)] * (top - 1)
    return [*found, *(cell for each in ranked for cell in each)]


class Tally:
    """Counts what lines say, split by split."""

    def __init__(self, classes: Iterable[str]) -> None:
        self._classes = {*classes}
        self._rows: Counter[str] = Counter()
        self._labelled: Counter[str] = Counter()
        self._right: Counter[str] = Counter()
        self._unsure: Counter[str] = Counter()
        self._problems: Counter[str] = Counter()
        self._said: dict[str, Counter[str]] = {}

    def add(self, line: Json) -> None:
        split, label, said = line["split"], line["label"], line["prediction"]
        self._rows[split] += 1
        own = self._said.setdefault(split, Counter())
        if line.get(PROBLEM) is not None:
            self._problems[split] += 1
            return
        own[said] += 1
        self._unsure[split] += line[REASON] is not None
        if label in self._classes:
            self._labelled[split] += 1
            self._right[split] += label == said

    def counted(self, classes: Sequence[str]) -> Json:
        """Returns how many rows there are, and of each split how often each class was the answer,
        how many were unsure, about how many nothing could be asked, and how often the answer was
        right, unsure or not, of the rows whose class the model knows."""
        return {
            "rows": self._rows.total(),
            "splits": {
                split: {
                    "rows": rows,
                    "predicted": {name: said[name] for name in classes if said[name]},
                    "unsure": self._unsure[split],
                    "problems": self._problems[split],
                    **accuracy(self._right[split], self._labelled[split]),
                }
                for (split, rows), said in zip(self._rows.items(), self._said.values(), strict=True)
            },
        }


def accuracy(right: int, labelled: int) -> Json:
    """Returns the share of right answers and the ends of its interval; null where no label is
    known."""
    if not labelled:
        return {"labelled_rows": 0, "accuracy": None, "accuracy_interval": None}
    return {
        "labelled_rows": labelled,
        "accuracy": right / labelled,
        "accuracy_interval": [*wilson_interval(right, labelled)],
    }
