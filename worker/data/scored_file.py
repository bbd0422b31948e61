"""Parts of answers, gathered into one file by a sealed process: how that is called."""

from collections.abc import Callable, Sequence
from pathlib import Path

from worker.data import sandbox
from worker.data.importer import OPEN_FILES
from worker.jsontypes import Json
from worker.settings import Settings
from worker.system.confinement.limits import Limits

FILE = "results.parquet"
FRAME_BYTES = 2**26  # of a Parquet file beside what is in it, at most
WORK = "worker.data.tables.scored_file"  # named, not imported: it loads Arrow


def gathered(
    parts: Sequence[Path],
    classes: Sequence[str],
    top: int,
    target: Path,
    settings: Settings,
    check: Callable[[], None],
    with_problems: bool = False,
) -> Json:
    """Returns what `Tally.counted` does, and writes all rows into the target folder as FILE.

    Args:
        parts: files with lines of JSON, in their order, all in one folder.
        classes: those of the model.
        top: the most classes whose probabilities are told.
        check: raises when it is no longer wanted; called again and again.
        with_problems: whether lines say why there is no answer.

    Raises:
        StoreFull: the disk is full.
        WorkerError: the process was ended by a limit or a crash.
    """
    order = {
        "parts": [str(path.absolute()) for path in parts],
        "classes": [*classes],
        "top": top,
        "with_problems": with_problems,
        "target": str((target / FILE).absolute()),
    }
    folders, written = (
        [*{path.parent for path in parts}],
        sum(path.stat().st_size for path in parts),
    )
    # It reads what was written here, however long that takes, and writes the same more tightly.
    bounds = Limits(None, settings.import_memory_bytes, 2 * written + FRAME_BYTES, OPEN_FILES)
    counted: Json = sandbox.call(
        WORK, order, bounds, readable=folders, writable=[target], check=check
    )
    return counted
