"""`purr backup` and `purr restore`: of the data folder itself, whether a service runs on it or
not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from service.cli.commands.processes import DataDir, read_settings
from service.cli.render.words import size
from service.cli.terminal import complain, progress_bar, say_fields

FAILED = 1
Target: TypeAlias = Annotated[
    Path,
    typer.Argument(help="One file, if it ends in .tar; or else a folder. It is not there yet."),
]
Source: TypeAlias = Annotated[Path, typer.Argument(help="What `purr backup` has made.")]
Digest: TypeAlias = Annotated[
    str, typer.Option(help="Restore nothing but the backup of this digest, as `backup` told it.")
]
Check: TypeAlias = Annotated[
    bool, typer.Option("--check", help="Compare all digests, and restore nothing.")
]


def backup(target: Target, data_dir: DataDir = None) -> None:
    """Back up the data folder, while a service runs on it or not."""
    root = read_settings({"data_dir": data_dir}).data_dir
    from worker.store.backup.making import make_backup

    with explained(), telling("backing up") as told:
        made = make_backup(root, target, told)
    say_fields(
        {
            "backup": target,
            "of": root,
            "files": made.files,
            "size": size(made.bytes),
            "digest": f"sha256:{made.digest}",
        }.items()
    )


def restore(
    source: Source, data_dir: DataDir = None, digest: Digest = "", check: Check = False
) -> None:
    """Restore a backup into a data folder that is empty or not there yet."""
    root = read_settings({"data_dir": data_dir}).data_dir
    from worker.store.backup.restoring import check_backup
    from worker.store.backup.restoring import restore as restored

    with explained():
        found = check_backup(source, digest) if check else restored(source, root, digest)
    say_fields(
        {
            "backup": source,
            "restored to": None if check else root,
            "made": found.about.get("created_at"),
            "release": found.about.get("release"),
            "files": found.files,
            "size": size(found.bytes),
            "digest": f"sha256:{found.digest}",
        }.items()
    )


@contextmanager
def telling(title: str) -> Iterator[Callable[[int, int], None]]:
    """Yields what is told how many bytes are done of how many."""
    with progress_bar(title) as show:
        yield lambda done, of: show(100 * done / of if of else 100, size(done))


@contextmanager
def explained() -> Iterator[None]:
    """Say why there is no backup, or nothing is restored, and end with FAILED."""
    from worker.errors import WorkerError
    from worker.store.backup.manifest import UnfitBackup
    from worker.store.version import UnfitStore
    from worker.system.files import PRIVATE

    os.umask(PRIVATE)
    try:
        yield
    except (UnfitBackup, UnfitStore, WorkerError) as error:
        complain(str(error))
        raise typer.Exit(FAILED) from error
