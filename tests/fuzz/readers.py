"""Everything that reads bytes from outside, by its name; and what it may say to them."""

from collections.abc import Callable
from typing import NamedTuple

import h11
from starlette.exceptions import HTTPException

from tests.fuzz import (
    archives,
    arrays,
    bodies,
    imports,
    networks,
    pictures,
    predictions,
    requests,
    tables,
    wire,
)
from worker.errors import WorkerError

# What a reader says to what it does not want: all else is a fault of its own.
REFUSALS = (WorkerError, HTTPException, h11.RemoteProtocolError)
MOST_SAID = 4_000  # characters of a refusal


class Reader(NamedTuple):
    """What reads the bytes, and returns sound ones to begin with.

    Attributes:
        sealed: whether that is done in a sealed process, which may run out of memory.
    """

    read: Callable[[bytes], object]
    seeds: Callable[[], list[bytes]]
    sealed: bool = False

    def refuses(self, data: bytes) -> bool:
        """Whether the bytes are refused, in words that an answer can have."""
        try:
            self.read(data)
        except REFUSALS as error:
            said = str(getattr(error, "detail", error))
            assert len(said.encode()) <= MOST_SAID
            return True
        except MemoryError:
            if not self.sealed:
                raise
            return True
        return False


READERS = {
    # What requests say.
    "http": Reader(wire.http, wire.https),
    "head": Reader(requests.head, requests.heads),
    "headers": Reader(requests.headers, requests.lines),
    "query": Reader(requests.query, requests.queries),
    "form": Reader(requests.form, requests.forms),
    "pictures_form": Reader(requests.pictures, requests.forms_of_pictures),
    "packed_body": Reader(wire.packed, wire.packs),
    "address": Reader(requests.address, requests.addresses),
    "fetched": Reader(wire.fetched, wire.fetches),
    "webhook_answer": Reader(requests.answer, requests.answers),
    "body": Reader(bodies.body, bodies.any_json),
    "rows": Reader(bodies.rows, bodies.rows_of_numbers),
    "named_rows": Reader(bodies.named_rows, bodies.rows_of_a_table),
    "inference": Reader(predictions.inference, predictions.inferences),
    "lines": Reader(predictions.some_lines, predictions.lines_of_each),
    "data_url": Reader(predictions.data_url, predictions.data_urls),
    "job": Reader(bodies.job, bodies.jobs),
    "edits": Reader(bodies.edits, bodies.some_edits),
    "retry": Reader(bodies.retry, bodies.retries),
    "file_address": Reader(bodies.file_address, bodies.file_addresses),
    # What files are, and hold.
    "magic": Reader(pictures.beginning, pictures.every),
    "header": Reader(pictures.header, pictures.every),
    "picture": Reader(pictures.picture, pictures.common, sealed=True),
    "older_picture": Reader(pictures.picture, pictures.older, sealed=True),
    "newer_picture": Reader(pictures.picture, pictures.newer, sealed=True),
    "profile": Reader(pictures.profile, pictures.profiles, sealed=True),
    "class_name": Reader(pictures.text, pictures.texts),
    "zip": Reader(archives.archive, archives.zips, sealed=True),
    "tar": Reader(archives.archive, archives.tars, sealed=True),
    "compressed_tar": Reader(archives.archive, archives.compressed_tars, sealed=True),
    "compression": Reader(archives.compressed, archives.compressed_tars, sealed=True),
    "labels": Reader(archives.labels, archives.lists, sealed=True),
    "layout": Reader(archives.layout, archives.paths, sealed=True),
    "npy": Reader(arrays.one, arrays.npys, sealed=True),
    "npz": Reader(arrays.each, arrays.npzs, sealed=True),
    "hdf5": Reader(arrays.each, arrays.h5s, sealed=True),
    "chunk": Reader(arrays.chunk, arrays.chunks, sealed=True),
    "arrays": Reader(arrays.together, lambda: [*arrays.h5s(), *arrays.npzs()], sealed=True),
    "csv": Reader(tables.table, tables.csvs, sealed=True),
    "json_lines": Reader(tables.table, tables.json_lines, sealed=True),
    "parquet": Reader(tables.table, tables.parquets, sealed=True),
    "arrow": Reader(tables.table, tables.arrows, sealed=True),
    # What processes answer of which a file may have taken control.
    "decoder": Reader(pictures.answer, pictures.answers),
    "runner": Reader(networks.answer, networks.answers),
    "child": Reader(bodies.child, bodies.children),
    # Whole imports.
    "imported_arrays": Reader(
        imports.dataset, lambda: [*arrays.h5s(), *arrays.npzs()], sealed=True
    ),
    "imported_table": Reader(
        imports.dataset, lambda: [*tables.csvs(), *tables.json_lines()], sealed=True
    ),
    "imported_pictures": Reader(imports.dataset, archives.zips, sealed=True),
    "network": Reader(networks.network, networks.networks, sealed=True),
}
