"""What scorings have made: answers for the rows of a dataset, in parts.

predictions/{id}/results/ {number}.{digest}.ndjson results.parquet manifest.json
                          locks/{number}, while several workers make parts

A part has its name once all of it is there; one that is made twice counts once. The manifest comes
last: it says which parts there are, and what they come to; from then on nobody makes any.
"""

import hashlib
import json
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from worker.errors import DamagedScoring, ScoringNotFound
from worker.jsontypes import Json
from worker.system.files import (
    file_digest,
    full_disk_named,
    made_aside,
    make_folder,
    read_json,
    remove,
    remove_leftovers,
    sync_folder,
    sync_tree,
    write_atomically,
)
from worker.system.folder_size import bytes_below
from worker.system.locks import locked_if_free

MANIFEST, LOCKS = "manifest.json", "locks"


class ScoringStore:
    """A folder for the results of each scoring; its attempts write the same files."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def has_part(self, scoring_id: str, number: int) -> bool:
        """Returns whether a part is there as it was written. One that was damaged is removed."""
        for path in self._results(scoring_id).glob(f"{number:08}.*.ndjson"):
            if is_sound(path):
                return True
            path.unlink(missing_ok=True)
        return False

    def keep_part(self, scoring_id: str, number: int, lines: bytes) -> None:
        """Keep a part. When this returns, it survives a power cut.

        Raises:
            StoreFull: the disk is full.
        """
        make_folder(self._results(scoring_id))
        self.add_part(scoring_id, number, lines)

    def add_part(self, scoring_id: str, number: int, lines: bytes) -> None:
        """Keep a part beside others, as whoever helps does it.

        Raises:
            FileNotFoundError: the results were removed.
            StoreFull: the disk is full.
        """
        digest = hashlib.sha256(lines).hexdigest()
        write_atomically(self._results(scoring_id) / f"{number:08}.{digest}.ndjson", lines)

    def share(self, scoring_id: str) -> None:
        """Let other workers make parts too. Until it is published, each is asked for."""
        make_folder(self._locks(scoring_id))

    def is_shared(self, scoring_id: str) -> bool:
        """Returns whether other workers may make parts."""
        is_over = (self._results(scoring_id) / MANIFEST).exists()
        return self._locks(scoring_id).exists() and not is_over

    @contextmanager
    def claimed(self, scoring_id: str, number: int) -> Iterator[bool]:
        """Yields whether this process may make a part within the block: unless another one is
        doing it. Whoever dies lets it go.

        Raises:
            StoreFull: the disk is full.
        """
        if not self.is_shared(scoring_id):
            yield True
            return
        with locked_if_free(self._locks(scoring_id) / f"{number:08}") as mine:
            yield mine

    def numbers(self, scoring_id: str) -> set[int]:
        """Returns those of the parts that are there, as they were written or not."""
        found = self._results(scoring_id).glob("*.ndjson")
        return {int(path.name.split(".")[0]) for path in found}

    def local_parts(self, scoring_id: str) -> list[Path]:
        """Returns the files of this machine with the parts that are there, in their order."""
        found: dict[str, Path] = {}
        for path in sorted(self._results(scoring_id).glob("*.ndjson")):
            # An attempt that came too late, on another machine, may have made one in other bytes.
            found.setdefault(path.name.split(".")[0], path)
        return [*found.values()]

    @contextmanager
    def local_folder(self, scoring_id: str) -> Iterator[Path]:
        """Yields an empty folder of this machine, for what is made of the parts. It is removed at
        the end.

        Raises:
            StoreFull: the disk is full.
        """
        make_folder(self._results(scoring_id))
        with made_aside(self._results(scoring_id) / "made") as part:
            yield part

    def publish(self, scoring_id: str, folder: Path, parts: Sequence[Path], about: Json) -> Json:
        """Have the files of a `local_folder`, and the parts of which they were made, be the
        results; returns the manifest.

        Raises:
            StoreFull: the disk is full.
        """
        results, files = self._results(scoring_id), {}
        with full_disk_named():
            sync_tree(folder)
            for path in sorted(folder.iterdir()):
                files[path.name] = file_digest(path)
                path.replace(results / path.name)
            sync_folder(results)
        manifest = {**about, "parts": [path.name for path in parts], "files": files}
        write_atomically(results / MANIFEST, json.dumps(manifest).encode())
        remove(self._locks(scoring_id))
        return manifest

    def manifest(self, scoring_id: str) -> Json | None:
        """Returns what was published; None before that."""
        return read_json(self._results(scoring_id) / MANIFEST)

    def blocks(self, scoring_id: str, manifest: Json) -> Generator[bytes, None, None]:
        """Yields all lines, part by part, each after its digest was checked.

        Raises:
            DamagedScoring: a part is not what was written, or gone.
        """
        for name in manifest["parts"]:
            try:
                lines = (self._results(scoring_id) / name).read_bytes()
            except FileNotFoundError as error:
                raise damaged(scoring_id, name) from error
            if hashlib.sha256(lines).hexdigest() != name.split(".")[1]:
                raise damaged(scoring_id, name)
            yield lines

    def file(self, scoring_id: str, manifest: Json, name: str) -> BinaryIO:
        """Returns an open file of the results, after its digest was checked.

        Raises:
            DamagedScoring: it is not what was written.
            ScoringNotFound: it was deleted just now.
        """
        try:
            file = (self._results(scoring_id) / name).open("rb")
        except FileNotFoundError as error:
            raise ScoringNotFound(f"No scoring has the id {scoring_id} any more.") from error
        if hashlib.file_digest(file, "sha256").hexdigest() != manifest["files"][name]:
            file.close()
            raise damaged(scoring_id, name)
        file.seek(0)
        return file

    def has(self, scoring_id: str) -> bool:
        """Returns whether anything was made."""
        return self._results(scoring_id).exists()

    def bytes(self, scoring_id: str) -> int:
        """Returns what the results take on the disk; 0 if there are none."""
        return bytes_below(self._results(scoring_id))

    def drop(self, scoring_id: str) -> None:
        """Remove the results. Whoever has a file of them open goes on reading."""
        remove(self._results(scoring_id))

    def drop_leftovers(self, age_s: float) -> None:
        """Remove what a process that died was writing, once it is this old."""
        remove_leftovers(self._leftovers(), age_s)

    def _leftovers(self) -> Iterable[Path]:
        for pattern in ("*/.*.part", "*/results/*.part", "*/results/.*.part"):
            yield from self._root.glob(pattern)
        for locks in self._root.glob(f"*/results/{LOCKS}"):
            if (locks.parent / MANIFEST).exists():  # whoever wrote it died a moment later
                yield locks

    def _results(self, scoring_id: str) -> Path:
        return self._root / scoring_id / "results"

    def _locks(self, scoring_id: str) -> Path:
        return self._results(scoring_id) / LOCKS


def is_sound(part: Path) -> bool:
    """Whether the bytes of a part are those that were written."""
    return file_digest(part) == part.name.split(".")[1]


def damaged(scoring_id: str, name: str) -> DamagedScoring:
    return DamagedScoring(
        f"Expected {name} of {scoring_id} as it was written, but it has changed on disk. Score the "
        "dataset again."
    )
