"""The importer of tables, loaded when a table comes: its library takes time and address space."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from worker.data.contents import Contents
from worker.data.options import ImportOptions
from worker.data.progress import Tell, untold
from worker.settings import Settings


@contextmanager
def opened(
    files: Mapping[Path, str],
    options: ImportOptions,
    settings: Settings,
    seed: int,
    tell: Tell = untold,
) -> Iterator[Contents]:
    """Yields what `importer.opened` does."""
    from worker.data.tables import importer

    with importer.opened(files, options, settings, seed, tell) as contents:
        yield contents
