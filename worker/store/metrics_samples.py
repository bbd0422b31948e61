"""Some rows of the last training of an attempt, spread evenly, however many there are."""

import json
from contextlib import suppress
from pathlib import Path

from worker.jsontypes import Json
from worker.store.metrics_page import Lines
from worker.store.thinning import number_of


def sampled(path: Path, most: int) -> list[Json]:
    """Returns all its rows if there are no more than `most`, at least 2; or that many, the first
    and the last among them. Rows between are not read."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        lines = Lines(file)
        if (line := lines.last()) is None:
            return []
        last: Json = json.loads(line)
        steps, epochs = min(most, last["epoch"]) - 1, last["epoch"]
        before = number_of(last) - epochs  # of the trainings before it
        wanted = [before + 1 + at * (epochs - 1) // steps for at in range(steps)]
        rows = [lines.line_from(lines.behind(number - 1))[1] for number in wanted]
        return [*map(json.loads, rows), last]
    return []
