"""Files on their way to the service: each says how many of its bytes are."""

import os
from collections.abc import Callable, Iterator, Sequence
from io import FileIO, RawIOBase
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile, ZipInfo

OnBytes = Callable[[int], None]
ARRAYS = {".h5", ".hdf5", ".npz", ".npy"}
TABLES = {".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".arrow", ".feather"}
PIECE = 2**18
LARGE = 2**31 - 1  # bytes of a file for which a zip needs longer numbers


class CountedFile(FileIO):
    """A file that tells how many bytes were read from it, as they are read."""

    def __init__(self, path: Path, on_bytes: OnBytes) -> None:
        super().__init__(path)
        self._on_bytes = on_bytes

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self._on_bytes(len(piece))
        return piece


class FolderZip(RawIOBase):
    """A folder as a zip, which is made while it is read: nothing of it is written to disk.

    State: what was packed and not yet read.
    """

    def __init__(self, folder: Path, files: Sequence[Path], on_bytes: OnBytes) -> None:
        self._on_bytes = on_bytes
        self._ready = bytearray()
        self._pieces = _packed(folder, files, self._ready)

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = -1 if size is None else size
        while wanted < 0 or len(self._ready) < wanted:
            if next(self._pieces, None) is None:
                break
        taken = bytes(self._ready if wanted < 0 else self._ready[:wanted])
        del self._ready[: len(taken)]
        self._on_bytes(len(taken))
        return taken


class _Sink:
    """Where a zip is written that cannot go back."""

    def __init__(self, ready: bytearray) -> None:
        self._ready = ready

    def write(self, data: bytes) -> int:
        self._ready += data
        return len(data)

    def flush(self) -> None:
        """There is nothing behind it."""

    def close(self) -> None:
        """Nor here."""


def _packed(folder: Path, files: Sequence[Path], ready: bytearray) -> Iterator[bool]:
    """Appends the zip, a piece after the other. Pictures are as small as they get, so nothing is
    compressed again."""
    with ZipFile(_Sink(ready), "w") as packed:
        for path in files:
            # Names that are no Unicode come with a ? in their place.
            name = str(path.relative_to(folder)).encode(errors="replace").decode()
            info = ZipInfo.from_file(path, name, strict_timestamps=False)
            with (
                path.open("rb") as file,
                packed.open(info, "w", force_zip64=info.file_size > LARGE) as entry,
            ):
                while piece := file.read(PIECE):
                    entry.write(piece)
                    yield True
    yield True


def files_in(folder: Path) -> list[Path]:
    """Returns the files in a folder and all below it, without hidden ones and links to folders."""
    found = []
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(at, name) for name in sorted(names) if not name.startswith(".")]
    return [path for path in found if path.is_file()]


class Sent(NamedTuple):
    """What is sent: a file, or a folder with these files as a zip."""

    path: Path
    inside: Sequence[Path] | None = None

    @property
    def size(self) -> int:
        """Bytes of the file, or of all files of the folder."""
        return sum(each.stat().st_size for each in self.inside or [self.path])

    def opened(self, on_bytes: OnBytes) -> tuple[str, RawIOBase]:
        """Returns what it is called on its way, and what is read of it."""
        if self.inside is None:
            return self.path.name, CountedFile(self.path, on_bytes)
        return f"{self.path.resolve().name}.zip", FolderZip(self.path, self.inside, on_bytes)


def to_send(given: Sequence[Path]) -> list[Sent]:
    """Returns what is sent of files and folders: of a folder of nothing but arrays, or of nothing
    but tables, these.

    Raises:
        FileNotFoundError: there are no files in a folder.
    """
    found: list[Sent] = []
    for path in given:
        if not path.is_dir():
            found.append(Sent(path))
            continue
        if not (inside := files_in(path)):
            raise FileNotFoundError(f"Expected files in the folder {path}, found none.")
        suffixes = {each.suffix.lower() for each in inside}
        apart = suffixes <= ARRAYS or suffixes <= TABLES
        found += map(Sent, inside) if apart else [Sent(path, inside)]
    return found
