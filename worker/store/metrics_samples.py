"""Some rows of an attempt's metrics, spread evenly, however many there are."""

import json
from contextlib import suppress
from pathlib import Path

from worker.jsontypes import Json
from worker.store.metrics_page import Lines, epoch_of


def sampled(path: Path, most: int) -> list[Json]:
    """Returns all rows if there are no more than `most`, at least 2; or that many, the first and
    the last among them. Rows between are not read."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        lines = Lines(file)
        if (last := lines.last()) is None:
            return []
        steps = min(most, epochs := epoch_of(last)) - 1
        wanted = [1 + at * (epochs - 1) // steps for at in range(steps)]
        rows = [lines.line_from(lines.behind(epoch - 1))[1] for epoch in wanted]
        return [json.loads(row) for row in [*rows, last]]
    return []
