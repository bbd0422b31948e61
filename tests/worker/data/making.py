"""Small real files for the tests of the importers."""

import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image

from worker.data.hdf5 import reader

Pixels = NDArray[np.uint8]
CLASSES = ["non-cat", "cat"]
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.compress,
    "zstd": partial(pa.compress, codec="zstd", asbytes=True),
}
HDF5 = b"\x89HDF\r\n\x1a\n"  # what begins so is taken in


def pictures(rows: int, side: int = 8, seed: int = 0) -> Pixels:
    random = np.random.default_rng(seed)
    return random.integers(0, 256, (rows, side, side, 3), dtype=np.uint8)


def alternating(rows: int) -> NDArray[np.int64]:
    return np.arange(rows) % 2


def course_file(path: Path, split: str = "train", rows: int = 10, side: int = 8) -> Path:
    seed = len(split)  # so that the two splits differ
    reader.write(path, split, pictures(rows, side, seed), alternating(rows), CLASSES)
    return path


def changed_file(path: Path, **members: Any) -> Path:
    """A train split in which the named members are other ones; None leaves one out."""
    course_file(path)
    with h5py.File(path, "a") as file:
        for name, value in members.items():
            del file[name]
            if value is not None:
                file[name] = value
    return path


def npz_file(path: Path, compressed: bool = False, **arrays: Any) -> Path:
    (np.savez_compressed if compressed else np.savez)(path, **arrays)
    return path


def encoded(pixels: Pixels, kind: str = "PNG", **options: Any) -> bytes:
    return encoded_image(Image.fromarray(pixels), kind, **options)


def encoded_image(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def picture_names(prefix: str = "", each: int = 5) -> list[str]:
    return [f"{prefix}{name}/{n}.png" for name in ("cat", "other") for n in range(each)]


def class_folders(prefix: str = "", each: int = 5, seed: int = 0) -> dict[str, bytes]:
    names = picture_names(prefix, each)
    return dict(zip(names, map(encoded, pictures(len(names), 64, seed)), strict=True))


def zipped(path: Path, files: Mapping[Any, bytes], method: int = 8) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content, None if isinstance(name, zipfile.ZipInfo) else method)
    return path


def tarred(path: Path, files: Mapping[str, bytes], compression: str = "") -> Path:
    """A tar with these files, plain or in "gzip" or "zstd"."""
    with io.BytesIO() as whole:
        with tarfile.open(fileobj=whole, mode="w") as archive:
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        path.write_bytes(PACKERS[compression](whole.getvalue()))
    return path


def shown(value: object) -> str:
    """A parameter in a test's name: a class by its name, bytes by their number only."""
    return getattr(value, "__name__", None) or (value if isinstance(value, str) else "case")


def wide_gamut() -> bytes:
    """A colour profile of more colours than sRGB has: three primaries and a gamma of 2.2."""

    def numbers(*values: float) -> bytes:
        fixed = (round(value * 2**16) for value in values)
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *fixed)

    curve = b"curv\0\0\0\0" + struct.pack(">IHxx", 1, round(2.2 * 2**8))
    tags = {
        b"wtpt": numbers(0.9642, 1.0, 0.8249),
        b"rXYZ": numbers(0.6097, 0.3111, 0.0195),
        b"gXYZ": numbers(0.2053, 0.6257, 0.0609),
        b"bXYZ": numbers(0.1492, 0.0632, 0.7446),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, content, begin = b"", b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", begin + len(content), len(data))
        content += data
    kind = struct.pack(">I4s4s4s", 0x02200000, b"mntr", b"RGB ", b"XYZ ")
    white = struct.pack(">3i", 63190, 65536, 54061)
    head = b"\0" * 4 + kind + b"\0" * 12 + b"acsp" + b"\0" * 28 + white
    body = head.ljust(124, b"\0") + struct.pack(">I", len(tags)) + table + content
    return struct.pack(">I", len(body) + 4) + body
