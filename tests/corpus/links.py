"""HDF5 files that point outside of themselves, or are larger than they look."""

import io
from collections.abc import Callable, Iterator

import h5py
import numpy as np

from tests.corpus.arrays import ROWS, X, Y
from tests.corpus.case import Case

SECRETS = ("/proc/self/environ", "/etc/passwd", "../../redis/valkey.conf")
Make = Callable[[h5py.File], object]


def external_link(path: str) -> Make:
    return lambda file: file.__setitem__("x_train", h5py.ExternalLink(path, "/x"))


def soft_link(path: str) -> Make:
    return lambda file: file.__setitem__("x_train", h5py.SoftLink(path))


def external_storage(path: str) -> Make:
    return lambda file: file.create_dataset("x_train", (ROWS, 4), "u1", external=[(path, 0, 48)])


def virtual(path: str) -> Make:
    layout = h5py.VirtualLayout((ROWS, 8, 8, 3), "u1")
    layout[:] = h5py.VirtualSource(path, "x", (ROWS, 8, 8, 3))
    return lambda file: file.create_virtual_dataset("x_train", layout)


OTHERS: dict[str, tuple[Make, str]] = {
    "a soft link to the root": (soft_link("/"), "unsafe_file"),
    "a link to itself": (soft_link("/x_train"), "unsafe_file"),
    "2**62 numbers": (
        lambda f: f.create_dataset("x_train", (2**40, 2**22), "u1", chunks=(1024, 1024)),
        "limit_exceeded|corrupt_file",
    ),
    "a thousand to one": (
        lambda f: f.create_dataset(
            "x_train", (2_000_000, 64, 64, 3), "u1", chunks=(64, 64, 64, 3), compression="gzip"
        ),
        "limit_exceeded|corrupt_file",
    ),
    "texts of any length": (
        lambda f: f.create_dataset("x_train", (ROWS,), h5py.string_dtype()),
        "corrupt_file|unsupported_media_type|unsafe_file",
    ),
    "structures": (
        lambda f: f.create_dataset("x_train", (ROWS,), np.dtype([("a", "u1")])),
        "corrupt_file|unsupported_media_type|unsafe_file",
    ),
    "references": (
        lambda f: f.create_dataset("x_train", (ROWS,), h5py.ref_dtype),
        "corrupt_file|unsupported_media_type|unsafe_file",
    ),
    "ten thousand groups": (
        lambda f: [f.create_group(f"g{n}") for n in range(10_000)],
        "limit_exceeded|corrupt_file",
    ),
    "deep groups": (
        lambda f: f.create_group("/".join("g" * 40)).create_dataset("x_train", data=X),
        "limit_exceeded|corrupt_file|unsafe_file",
    ),
}  # fmt: skip


def cases() -> Iterator[Case]:
    for path in SECRETS:
        for make in (external_link, external_storage, virtual):
            name = f"{make.__name__.replace('_', ' ')} to {path}"
            yield Case(name, made(make(path)), "unsafe_file")
    for name, (change, expected) in OTHERS.items():
        yield Case(f"HDF5 with {name}", made(change), expected)


def made(make: Make) -> dict[str, bytes]:
    whole = io.BytesIO()
    with h5py.File(whole, "w") as file:
        make(file)
        file["y_train"] = Y
    return {"a.h5": whole.getvalue()}
