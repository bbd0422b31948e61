"""Held-out answers as they are sent: a row as JSON, or all of them as CSV."""

import csv
import io

from service.responses.split_csv import harmless
from service.responses.transfers import Pieces
from service.schemas.held_out import HeldOutRow
from worker.operations.held_out_answers import HeldOutAnswer, HeldOutAnswers
from worker.operations.held_out_answers import HeldOutRow as Found

HEADER = ("split", "row", "name", "true", *HeldOutAnswer._fields)
PIECE = 2**16  # characters that are sent together, or a few more


def shown(dataset: str, found: Found, root: str) -> HeldOutRow:
    """Returns a row as JSON shows it.

    Args:
        root: what stands before the paths of the service.
    """
    path = f"{root}/v1/datasets/{dataset}/rows/{found.row}.png?split={found.split}"
    return HeldOutRow(
        split=found.split,
        row=found.row,
        name=found.name,
        true=found.label,
        answers=[answer._asdict() for answer in found.answers],
        picture=path if found.has_picture else None,
    )


def as_csv(answers: HeldOutAnswers) -> Pieces:
    """Yields a line for each row and repeat, under a header."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for found in answers.after():
        about = found.split, found.row, harmless(found.name or ""), harmless(found.label)
        for answer in found.answers:
            writer.writerow((*about, *answer._replace(predicted=harmless(answer.predicted))))
        if text.tell() > PIECE:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()
