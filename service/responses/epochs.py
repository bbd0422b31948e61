"""Pages of epochs as they are sent: piece by piece, when the client takes the next one."""

import csv
import io
import json

from service.responses.transfers import Pieces
from service.schemas.jobs import Epoch
from worker.jsontypes import Json
from worker.store.metrics_page import MetricsPage

LAYERED = ("gradient_norms", "layers")  # of each layer a column of its own in CSV
PLAIN = [name for name in Epoch.model_fields if name not in LAYERED]


def as_json(page: MetricsPage) -> Pieces:
    """Yields a list as all routes answer it; the rows are the very bytes of the file."""
    yield b'{"data":['
    for number, block in enumerate(page.blocks()):
        comma = b"," if number else b""
        yield comma + block[:-1].replace(b"\n", b",")
    follows = None if page.next is None else str(page.next)
    yield b'],"next":%b}' % json.dumps(follows).encode()


def as_csv(page: MetricsPage) -> Pieces:
    """Yields the rows under a header; what is said of each layer has columns of its own."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns(page.first_row()), extrasaction="ignore")
    writer.writeheader()
    yield text.getvalue().encode()
    for rows in page.rows_of_blocks():
        text.seek(0)
        text.truncate()
        writer.writerows(map(flattened, rows))
        yield text.getvalue().encode()


def columns(first: Json | None) -> list[str]:
    """Returns the columns of a job with this first epoch. What is null there of a layer is null in
    all epochs, so it has none."""
    if first is None:
        return PLAIN
    signs = flattened({name: first[name] for name in LAYERED})
    return PLAIN + [name for name, value in signs.items() if value is not None]


def flattened(row: Json) -> Json:
    """Returns the row with a name of its own for each number of each layer."""
    flat = {name: value for name, value in row.items() if name not in LAYERED}
    flat |= {f"gradient_norm_{n}": norm for n, norm in enumerate(row["gradient_norms"] or (), 1)}
    for number, layer in enumerate(row["layers"] or (), 1):
        flat |= {f"{name}_{number}": value for name, value in layer.items()}
    return flat
