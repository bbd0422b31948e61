"""How predictions look."""

from collections.abc import Iterable, Sequence
from itertools import count

from service.cli.answers import Answer
from service.cli.render.words import problem_of
from service.cli.terminal import remark, say
from worker.jsontypes import Json


def show_predictions(names: Sequence[str], answers: Iterable[Answer]) -> None:
    """A line for each picture, as soon as the answer about its batch is there; then what is odd
    about the batch."""
    width = max(map(len, names))
    ahead = iter(names)
    for answer in answers:
        for row, name in zip(answer.json["predictions"], ahead, strict=False):
            say(f"{name:{width}}  {said(row)}")
        show_warnings(answer.json)


def show_rows(answers: Iterable[Answer]) -> None:
    """A line for each row, counted from 0 through all batches; then what is odd about a batch."""
    number = count()
    for answer in answers:
        for row in answer.json["predictions"]:
            say(f"{next(number)}  {said(row)}")
        show_warnings(answer.json)


def show_lines(lines: Iterable[Json]) -> None:
    """A line for each line, counted from 1, as soon as it is answered; what is odd about it on
    stderr."""
    for line in lines:
        say(f"{line['line']}  {said(line)}")
        show_warnings(line)


def said(row: Json) -> str:
    """Returns the label and its probability, or why there is none."""
    if "problem" in row:
        return f"not read: {problem_of(row)}"
    said, reason = f"{row['label']}  {row['probability']:.4f}", row.get("reason")
    return said if reason is None else f"unsure: {reason['code']} ({said})"


def show_warnings(answer: Json) -> None:
    """What is odd about an answer, on stderr."""
    for warning in answer.get("warnings", ()):
        remark(f"{warning['code']}: {warning['message']}")
