"""A snapshot of the store while others work with it: another name for each of its files.

{root}/.backup.{chance}/    the names, until the block ends
{root}/.backup.lock         held by whoever makes a snapshot: one at a time

To give a file another name takes no time and no room, so the whole is of nearly one moment. Files
are written once and then renamed, so what a name leads to stays as it is; only the epochs of a job
grow, and there more is as good. What refers to something is named before that, or it might be
newer: a record first, then what the record says is there.
"""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from worker.errors import IllegalMove, ModelNotFound
from worker.store.backup.settled import settle
from worker.store.model_folder import alone
from worker.store.originals import FOLDER as ORIGINALS
from worker.store.version import FILE as VERSION
from worker.system.locks import locked_if_free

PREFIX, LOCK = ".backup.", ".backup.lock"
# Of disks that know no hard links, or not between these two places, or not so many of one file.
NO_LINKS = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS)
RECORDS = ("jobs", "imports", "predictions")


@contextmanager
def snapshot(root: Path) -> Iterator[Path]:
    """Yields a folder with what the store holds now; it is gone when the block ends.

    Raises:
        IllegalMove: another process makes a backup of it.
        OSError: the folder cannot be written.
    """
    with locked_if_free(root / LOCK) as mine:
        if not mine:
            raise IllegalMove(
                f"Expected one backup of {root} at a time; another is being made. Wait until it is "
                "there."
            )
        for left in root.glob(f"{PREFIX}*"):  # by one that was killed
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
        folder = root / f"{PREFIX}{secrets.token_hex(4)}"
        folder.mkdir(mode=0o700)
        try:
            name_all(root, folder)
            settle(folder)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def name_all(root: Path, folder: Path) -> None:
    """Give all files of the store another name in a folder."""
    named(root / VERSION, folder / VERSION)
    for kind in RECORDS:
        for record in shown(root / kind):
            for path in shown(record):
                if path.is_file() and not is_epochs(path):
                    named(path, folder / kind / record.name / path.name)
    for kind in ("sweeps", "schedules", "lineages", "keys", "answered"):
        name_tree(root / kind, folder / kind)
    for model in shown(root / "models"):
        with suppress(ModelNotFound), alone(root / "models", model.name, shared=True):
            name_tree(model, folder / "models" / model.name)
    for kind in ("datasets", "features", "backbones"):
        name_tree(root / kind, folder / kind)
    for kind in RECORDS:  # what they have beside themselves, and was accepted with them
        for record in shown(folder / kind):
            name_tree(root / kind / record.name, folder / kind / record.name)
            name_tree(root / "uploads" / record.name, folder / "uploads" / record.name)
    name_originals(root / ORIGINALS, folder)


def name_tree(tree: Path, final: Path) -> None:
    """Give all files of a folder another name; those of the folders in it before its own, since
    checkpoints count on epochs that lie beside their folder."""
    found = shown(tree)
    for path in sorted(found, key=Path.is_file):
        if path.is_dir():
            name_tree(path, final / path.name)
        else:
            named(path, final / path.name)


def name_originals(originals: Path, folder: Path) -> None:
    """Name the uploaded files by their bytes too that the snapshot has in a dataset."""
    kept = {path.stat().st_ino for path in (folder / "datasets").glob(f"*/{ORIGINALS}/*")}
    for path in shown(originals):
        with suppress(FileNotFoundError):
            if path.stat().st_ino in kept:
                named(path, folder / originals.name / path.name)


def named(path: Path, final: Path) -> None:
    """Give a file another name, unless it has it or is gone."""
    final.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, final, follow_symlinks=False)
    except (FileExistsError, FileNotFoundError):
        return
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        with suppress(FileNotFoundError):  # copies take longer, and are of less than one moment
            shutil.copyfile(path, final)


def shown(folder: Path) -> list[Path]:
    """Returns what lies in a folder, without links and what is half-made or a lock."""
    try:
        found = [*folder.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    half = (".part", ".lock")
    return [
        path
        for path in found
        if not path.name.startswith(".") and not path.name.endswith(half) and not path.is_symlink()
    ]


def is_epochs(path: Path) -> bool:
    """Whether it is a file that grows."""
    return path.name.startswith("metrics.")
