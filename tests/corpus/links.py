"""HDF5 files that point outside of themselves, or are larger than they look."""

import io
from collections.abc import Callable, Iterator

import h5py
import numpy as np

from tests.corpus.arrays import ROWS, X, Y
from tests.corpus.case import CORRUPT, TOO_MUCH, UNSAFE, UNSUPPORTED, Case

SECRETS = ("/proc/self/environ", "/etc/passwd", "../../canary")  # the last from within an upload
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


def array(shape: tuple[int, ...], dtype: object, **options: object) -> Make:
    return lambda file: file.create_dataset("x_train", shape, dtype, **options)


LINK = UNSAFE, "a link to another place"
NO_NUMBERS = UNSUPPORTED, "numbers of up to 64 bits"
NO_PICTURES = CORRUPT, "one array of pictures for the train split"
OTHERS: dict[str, tuple[Make, tuple[str, str]]] = {
    "a soft link to the root": (soft_link("/"), LINK),
    "a link to itself": (soft_link("/x_train"), LINK),
    "2**62 numbers": (
        array((2**40, 2**22), "u1", chunks=(1024, 1024)), (TOO_MUCH, "at most 2,097,152 chunks"),
    ),
    "a thousand to one": (
        array((2_000_000, 64, 64, 3), "u1", chunks=(64, 64, 64, 3), compression="gzip"),
        (TOO_MUCH, "at most 1,000 times larger"),
    ),
    "texts of any length": (array((ROWS,), h5py.string_dtype()), NO_NUMBERS),
    "structures": (array((ROWS,), np.dtype([("a", "u1")])), NO_NUMBERS),
    "references": (array((ROWS,), h5py.ref_dtype), NO_NUMBERS),
    "ten thousand groups": (
        lambda file: [file.create_group(f"g{number}") for number in range(10_000)], NO_PICTURES,
    ),
    "deep groups": (
        lambda file: file.create_group("/".join("g" * 40)).create_dataset("x_train", data=X),
        NO_PICTURES,
    ),
}  # fmt: skip
POINTERS: dict[Callable[[str], Make], str] = {
    external_link: "a link to another place",
    external_storage: "takes them from other files",
    virtual: "takes them from other files",
}


def cases() -> Iterator[Case]:
    for path in SECRETS:
        for make, words in POINTERS.items():
            name = f"{make.__name__.replace('_', ' ')} to {path}"
            yield Case(name, made(make(path)), UNSAFE, words)
    for name, (change, (code, words)) in OTHERS.items():
        yield Case(f"HDF5 with {name}", made(change), code, words)


def made(make: Make) -> dict[str, bytes]:
    whole = io.BytesIO()
    with h5py.File(whole, "w") as file:
        make(file)
        file["y_train"] = Y
    return {"a.h5": whole.getvalue()}
