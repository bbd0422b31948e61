"""Parts of answers, gathered into one file by a sealed process: how that is called."""

from collections.abc import Callable, Sequence
from pathlib import Path

from worker.data import sandbox
from worker.data.importer import import_limits
from worker.jsontypes import Json
from worker.settings import Settings

FILE = "results.parquet"
WORK = "worker.data.tables.scored_file"  # named, not imported: it loads Arrow


def gathered(
    parts: Sequence[Path],
    classes: Sequence[str],
    top: int,
    target: Path,
    settings: Settings,
    check: Callable[[], None],
) -> Json:
    """Returns what `Tally.counted` does, and writes all rows into the target folder as FILE.

    Args:
        parts: files with lines of JSON, in their order, all in one folder.
        classes: those of the model.
        top: the most classes whose probabilities are told.
        check: raises when it is no longer wanted; called again and again.

    Raises:
        StoreFull: the disk is full.
        WorkerError: the process was ended by a limit or a crash.
    """
    order = {
        "parts": [str(path.absolute()) for path in parts],
        "classes": [*classes],
        "top": top,
        "target": str((target / FILE).absolute()),
    }
    folders, bounds = [*{path.parent for path in parts}], import_limits(settings)
    counted: Json = sandbox.call(
        WORK, order, bounds, readable=folders, writable=[target], check=check
    )
    return counted
