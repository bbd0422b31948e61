"""The door for edits: applies them in a sealed process, which a cancel ends at once, and which
takes no more time or memory than any import."""

from collections.abc import Callable
from pathlib import Path

from worker.data import progress, sandbox
from worker.data.edits.apply import apply
from worker.data.edits.parts import Stored
from worker.data.importer import sealed, told
from worker.data.prepare import Prepared
from worker.data.progress import Tell, untold
from worker.jsontypes import Json
from worker.settings import Settings
from worker.spec.edits import EditsSpec


def import_edited(
    edits: EditsSpec,
    parent: Stored,
    added: Stored | None,
    target: Path,
    settings: Settings,
    check: Callable[[], None] = lambda: None,
    tell: Tell = untold,
) -> Prepared:
    """Returns and writes what `apply` does.

    Args:
        target: a folder that exists; the arrays are written into it.
        check: raises when the import is no longer wanted; called again and again.
        tell: called with how far the process says that it is.

    Raises:
        WorkerError: the edits cannot be applied, or the process was ended by a limit or a crash.
    """
    order, folders = ordered(edits, parent, added, target, settings)
    return sealed(
        __name__, order, Prepared, settings, readable=folders, target=target, check=check, tell=tell
    )


def ordered(
    edits: EditsSpec, parent: Stored, added: Stored | None, target: Path, settings: Settings
) -> tuple[Json, list[Path]]:
    """Returns the order of these edits to a sealed process, and the folders that it has to read."""
    order = {
        "edits": edits.model_dump(mode="json"),
        "parent": parent.as_dict(),
        "added": None if added is None else added.as_dict(),
        "target": str(target.absolute()),
        "settings": told(settings),
    }
    both = [stored for stored in (parent, added) if stored is not None]
    return order, [folder for stored in both for folder in (stored.folder, stored.samples)]


def edits_of(order: Json) -> tuple[EditsSpec, Stored, Stored | None]:
    """Returns the edits of such an order, with what they are made to and what is added."""
    added = None if order["added"] is None else Stored.from_dict(order["added"])
    return EditsSpec.model_validate(order["edits"]), Stored.from_dict(order["parent"]), added


def work(order: Json) -> Json:
    """Returns what the sealed process answers to an order of `import_edited`."""
    return apply(
        *edits_of(order),
        Path(order["target"]),
        Settings.model_validate(order["settings"]),
        progress.reporting(sandbox.report),
    ).as_dict()


if __name__ == "__main__":
    sandbox.serve(work)
