"""The features of a version, from those of the datasets of which it was made: edits move rows and
make none. Both what runs in a sealed process and how it is called."""

from collections.abc import Callable
from pathlib import Path

from worker.data import progress, sandbox
from worker.data.dataset import SPLITS
from worker.data.edits.apply import decided, write_split
from worker.data.edits.importer import edits_of, ordered
from worker.data.edits.parts import Stored, rows_of
from worker.data.importer import import_limits
from worker.data.progress import Tell, counting
from worker.jsontypes import Json
from worker.settings import Settings
from worker.spec.edits import EditsSpec


def edited_features(
    edits: EditsSpec,
    parent: Stored,
    added: Stored | None,
    target: Path,
    settings: Settings,
    features: int,
    check: Callable[[], None],
    tell: Tell,
) -> None:
    """Write {train,test,validation}_{x,y}.npy into the target folder: features, (rows, features),
    and the class of each row, as `import_edited` orders them.

    Args:
        parent, added: with their features as samples.
        features: of a row.
        check, tell: as those of `import_edited`.

    Raises:
        WorkerError: the process was ended by a limit or a crash.
    """
    order, folders = ordered(edits, parent, added, target, settings)
    sandbox.call(
        __name__,
        {**order, "features": features},
        import_limits(settings),
        readable=folders,
        writable=[target],
        check=check,
        hear=progress.hearing(tell),
    )


def work(order: Json) -> Json:
    """Returns what the sealed process answers to an order of `edited_features`."""
    settings, target = Settings.model_validate(order["settings"]), Path(order["target"])
    _, parts = decided(*edits_of(order))
    rows, kept = rows_of(parts), ((order["features"],), "float32")
    tell = progress.reporting(sandbox.report)
    written = counting(tell, "converting", sum(rows.values()))
    for split in (split for split in SPLITS if rows[split]):
        write_split(split, parts, target, kept, settings, written)
    return {}


if __name__ == "__main__":
    sandbox.serve(work)
