"""Everything that reads bytes from outside, by its name; and what it may say to them."""

import io
import json
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np
from PIL import Image
from starlette.exceptions import HTTPException

from service.requests import json_body
from worker.data import json_rows, magic
from worker.data.hdf5 import filters, reader
from worker.data.hdf5.filters import DAMAGED, Step
from worker.data.pictures import pixels as images
from worker.data.pictures.formats import read_header
from worker.data.prepare import prepare
from worker.data.preprocessing import Preprocessing
from worker.data.tables import json_rows as table_rows
from worker.data.tables.columns import NumberColumn, TextColumn
from worker.data.tables.preprocessing import TablePreprocessing
from worker.errors import WorkerError
from worker.settings import Settings

SMALL = Preprocessing(height=8, width=8)
MOST_BYTES, MOST_PIXELS = 10**6, 10**6
FEATURES, MAX_ROWS = 3, 100
GZIP, LZF, CHUNK_BYTES = 1, 32_000, 9
TABLE = TablePreprocessing(
    "y", (NumberColumn("a", 1.0, 2.0, 1.0, True), TextColumn("b", ("p", "q"), False))
)
SETTINGS = Settings(min_free_bytes=0, max_dataset_bytes=10**7, max_image_pixels=MOST_PIXELS)

# What a reader says to what it does not want: all else is a fault of its own.
REFUSALS = (WorkerError, HTTPException)


def rows(body: bytes) -> None:
    for block in json_rows.read(body, FEATURES, MAX_ROWS):
        assert np.isfinite(block).all()


def named_rows(body: bytes) -> None:
    for block in table_rows.read(body, TABLE, MAX_ROWS):
        assert np.isfinite(block).all()


def picture(body: bytes) -> None:
    images.decode(body, SMALL, max_bytes=MOST_BYTES, max_pixels=MOST_PIXELS)


def chunk(body: bytes) -> None:
    for code in (GZIP, LZF):
        with suppress(*DAMAGED):
            filters.undone(body, [Step(code, ())], 0, CHUNK_BYTES)


def dataset(body: bytes) -> None:
    """As an import reads it, but within this process."""
    with tempfile.TemporaryDirectory() as folder:
        path, target = Path(folder) / "body", Path(folder) / "made"
        path.write_bytes(body)
        target.mkdir()
        prepare([path], target, SETTINGS, 1)


READERS: dict[str, Callable[[bytes], object]] = {
    "rows": rows,
    "named_rows": named_rows,
    "body": json_body.parse,
    "header": read_header,
    "magic": magic.looks_like,
    "picture": picture,
    "chunk": chunk,
    "dataset": dataset,
    "table": dataset,
}


def seeds() -> dict[str, list[bytes]]:
    """Sound bytes for each reader, to begin with."""
    pictures = [encoded(kind, **options) for kind, options in KINDS]
    json_texts = [b'{"rows":[[1,-2.5e3,0],[4,5,6]]}', b'{"a":{"b":[null,true,"\\u00e9"]},"c":1}']
    packed = [zlib.compress(b"abc" * 3), b"\x02abc\x80\x02"]
    return {
        "rows": json_texts[:1],
        "named_rows": [b'{"rows":[{"a":1.5,"b":"q"},[null,"p"],{"b":null,"a":true}]}'],
        "body": json_texts,
        "header": pictures,
        "magic": pictures,
        "picture": pictures,
        "chunk": packed,
        "dataset": [h5(), h5(named=True), npz(), archive(pictures)],
        "table": [csv_file(b","), csv_file(b";").replace(b".", b","), json_lines()],
    }


KINDS: list[tuple[str, dict[str, object]]] = [
    ("PNG", {}),
    ("JPEG", {}),
    ("JPEG", {"progressive": True}),
    ("WEBP", {}),
    ("WEBP", {"lossless": True}),
]


def encoded(kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    pixels = np.random.default_rng(1).integers(0, 256, (12, 12, 3), np.uint8)
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


X = np.random.default_rng(1).integers(0, 256, (12, 4, 4, 3), np.uint8)
Y = np.arange(12) % 2


def h5(named: bool = False) -> bytes:
    """A dataset of a few small pictures, with other names in other places if `named`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.h5"
        if named:
            with h5py.File(path, "w") as file:
                file["train/images"], file["train/labels"] = X / 255, Y.astype(bool)
                file["class_names"] = ["cat", "other"]
        else:
            reader.write(path, "train", X, Y, ["cat", "other"])
        return path.read_bytes()


def npz() -> bytes:
    """The same in NumPy's own form."""
    file = io.BytesIO()
    np.savez_compressed(file, x_train=X[..., 0], y_train=np.eye(2)[Y], names=np.array(["a", "b"]))
    return file.getvalue()


def csv_file(separator: bytes) -> bytes:
    """A table of two classes."""
    rows = [(b"a", b"b", b"y"), *((b"%d.5" % n, b'"%d"' % (n % 3), b"xy"[n % 2 :][:1]) for n in Y)]
    rows += [(b"%d.25" % n, b"" if n % 5 else b"p", b"xy"[n % 2 :][:1]) for n in range(30)]
    return b"\n".join(map(separator.join, rows))


def json_lines() -> bytes:
    rows = ({"a": n / 2, "b": None if n % 5 else "p", "y": n % 2} for n in range(30))
    return "\n".join(map(json.dumps, rows)).encode()


def archive(pictures: list[bytes]) -> bytes:
    """A zip of two classes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for number in range(12):
            folder = "cat" if number % 2 else "other"
            made.writestr(f"{folder}/{number}", pictures[number % len(pictures)])
    return file.getvalue()
