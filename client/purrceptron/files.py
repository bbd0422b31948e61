"""What is uploaded: files, folders as zips, arrays; how many bytes that is, and all of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple
from zipfile import ZipFile, ZipInfo

PIECE = 2**20
ARRAYS = {".h5", ".hdf5", ".npz", ".npy"}
TABLES = {".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".arrow", ".feather"}
LARGE = 2**31 - 1  # bytes of a file for which a zip needs longer numbers

What = str | os.PathLike[str] | Mapping[str, Any]
Pieces = Iterator[bytes]


class Source(NamedTuple):
    """Something to send: how it is called, how many bytes it has, and what begins to read them."""

    name: str
    size: int
    pieces: Callable[[], Pieces]

    def checked(self) -> Pieces:
        """Yields the pieces.

        Raises:
            OSError: they are not as many bytes as there were.
        """
        read = 0
        for piece in self.pieces():
            read += len(piece)
            if read > self.size:
                break
            yield piece
        if read != self.size:
            raise OSError(f"{self.name} has changed while it was sent; upload it again.")


def sources(given: Sequence[What], stack: ExitStack) -> list[Source]:
    """Returns what is sent of files, folders and arrays: a folder as a zip; of one of nothing but
    arrays, or of nothing but tables, these.

    Args:
        stack: closes what was opened for it.

    Raises:
        FileNotFoundError: there is no such file, or there are no files in a folder.
        TypeError: it is nothing of these.
    """
    found: list[Source] = []
    for what in given:
        if isinstance(what, Mapping):
            file = stack.enter_context(TemporaryFile())  # noqa: SIM115 - the stack closes it
            found.append(of_arrays(what, file))
        elif not (path := Path(what)).is_dir():
            found.append(of_file(path))
        elif not (inside := files_in(path)):
            raise FileNotFoundError(f"Expected files in the folder {path}, found none.")
        else:
            found += map(of_file, inside) if go_apart(inside) else [of_folder(path, inside)]
    return found


def go_apart(inside: Sequence[Path]) -> bool:
    """Whether the files of a folder are nothing but arrays, or nothing but tables."""
    suffixes = {each.suffix.lower() for each in inside}
    return suffixes <= ARRAYS or suffixes <= TABLES


def of_file(path: Path) -> Source:
    return Source(in_unicode(path.name), path.stat().st_size, lambda: _bytes_of(path))


def of_folder(folder: Path, inside: Sequence[Path]) -> Source:
    """Returns a folder as a zip, which is made while it is sent: nothing of it is kept.

    Pictures are as small as they get, so nothing is compressed. So the zip is as long as one of as
    many zeros, which takes no reading.
    """

    def packed(read: Callable[[Path], Pieces]) -> Pieces:
        return _zipped(((in_unicode(str(path.relative_to(folder))), path) for path in inside), read)

    size = sum(map(len, packed(_zeros)))
    return Source(f"{in_unicode(folder.resolve().name)}.zip", size, lambda: packed(_bytes_of))


def of_arrays(arrays: Mapping[str, Any], file: IO[bytes]) -> Source:
    """Returns arrays by their names as one archive of NumPy, for which there is this file.

    Raises:
        ImportError: NumPy is not installed.
        ValueError: one of them holds objects, which only pickles do.
    """
    from numpy import asarray
    from numpy.lib.format import write_array

    with ZipFile(file, "w") as packed:
        for name, array in arrays.items():
            with packed.open(f"{name}.npy", "w", force_zip64=True) as entry:
                write_array(entry, asarray(array), allow_pickle=False)

    def pieces() -> Pieces:
        file.seek(0)
        return _read(file)

    return Source("arrays.npz", file.tell(), pieces)


def files_in(folder: Path) -> list[Path]:
    """Returns the files in a folder and all below it, without hidden ones and links to folders."""
    found = []
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(at, name) for name in sorted(names) if not name.startswith(".")]
    return [path for path in found if path.is_file()]


class _Sink:
    """Where a zip is written that cannot go back; `taken` is what was not taken before."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """There is nothing behind it."""

    def close(self) -> None:
        """Nor here."""

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _zipped(files: Iterator[tuple[str, Path]], read: Callable[[Path], Pieces]) -> Pieces:
    sink = _Sink()
    with ZipFile(sink, "w") as packed:
        for name, path in files:
            info = ZipInfo.from_file(path, name, strict_timestamps=False)
            with packed.open(info, "w", force_zip64=info.file_size > LARGE) as entry:
                for piece in read(path):
                    entry.write(piece)
                    yield sink.taken()
    yield sink.taken()


def in_unicode(name: str) -> str:
    """Returns the name of a file with a ? in the place of what is no Unicode."""
    return name.encode(errors="replace").decode()


def _bytes_of(path: Path) -> Pieces:
    with path.open("rb") as file:
        yield from _read(file)


def _read(file: IO[bytes]) -> Pieces:
    while piece := file.read(PIECE):
        yield piece


def _zeros(path: Path) -> Pieces:
    """As many bytes as a file has."""
    size, zeros = path.stat().st_size, bytes(PIECE)
    for at in range(0, size, PIECE):
        yield zeros[: size - at]
