"""Pages of epochs as they are sent: piece by piece, when the client takes the next one."""

import csv
import io
import json
from collections.abc import Callable

from service.responses.transfers import Pieces
from service.schemas.jobs import Epoch, FoldedEpoch, Layer
from worker.jsontypes import Json
from worker.store.metrics_page import MetricsPage

LAYERED = ("gradient_norms", "layers")  # of each layer a column of its own in CSV
OF_HIDDEN = ("saturated", "dead")  # null in the last layer, which has no column for them
PLAIN = [name for name in Epoch.model_fields if name not in LAYERED]
OF_FOLDS = [name for name in FoldedEpoch.model_fields if name not in Epoch.model_fields]


def as_json(page: MetricsPage) -> Pieces:
    """Yields a list as all routes answer it; the rows are the very bytes of the file."""
    yield b'{"data":['
    for number, block in enumerate(page.blocks()):
        comma = b"," if number else b""
        yield comma + block[:-1].replace(b"\n", b",")
    follows = None if page.next is None else str(page.next)
    yield b'],"next":%b}' % json.dumps(follows).encode()


def as_csv(page: MetricsPage, layers: int, folds: bool = False) -> Pieces:
    """Yields the rows under a header; what is said of each layer has columns of its own.

    Args:
        layers: of which the job's metrics tell.
        folds: whether the job has any. The header depends on these two alone, so it is the same for
            every page, also for one without rows.
    """
    text = io.StringIO()
    names = [*(OF_FOLDS if folds else ()), *columns(layers)]
    writer = csv.DictWriter(text, names, extrasaction="ignore")
    writer.writeheader()
    yield text.getvalue().encode()
    for rows in page.rows_of_blocks():
        text.seek(0)
        text.truncate()
        writer.writerows(map(flattened, rows))
        yield text.getvalue().encode()


def layers_of(network: Json, first: MetricsPage) -> int:
    """Returns of how many layers the metrics tell; 0 while it is not known.

    Args:
        network: of the job's spec.
        first: the first epoch, if there is one yet, which tells of all layers.
    """
    if network.get("kind", "dense") == "dense":
        return len(network["hidden_units"]) + 1
    rows = first.rows()
    return len(rows[0]["gradient_norms"]) if rows else 0


def columns(layers: int) -> list[str]:
    """Returns the names of the columns for a network of so many layers."""
    numbers = range(1, layers + 1)
    norms = [f"gradient_norm_{n}" for n in numbers]
    signs = [
        f"{name}_{n}"
        for n in numbers
        for name in Layer.model_fields
        if n < layers or name not in OF_HIDDEN
    ]
    return PLAIN + norms + signs


def flattened(row: Json) -> Json:
    """Returns the row with a name of its own for each number of each layer."""
    flat = {name: value for name, value in row.items() if name not in LAYERED}
    flat |= {f"gradient_norm_{n}": norm for n, norm in enumerate(row["gradient_norms"] or (), 1)}
    for number, layer in enumerate(row["layers"] or (), 1):
        flat |= {f"{name}_{number}": value for name, value in layer.items()}
    return flat


# What writes a page, by the media type, for a job of so many layers, and with folds or without.
EPOCHS: dict[str, Callable[[MetricsPage, int, bool], Pieces]] = {
    "text/csv": as_csv,
    "application/json": lambda page, layers, folds: as_json(page),
}
