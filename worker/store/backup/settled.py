"""What of a snapshot does not belong together, because it was deleted or made meanwhile."""

import shutil
from pathlib import Path

from worker.jsontypes import Json
from worker.system.files import read_json

DONE = "succeeded"  # the state of a record of which something was published


def settle(folder: Path) -> None:
    """Take out of a snapshot what was being deleted, and what came after its record."""
    for record in sorted((folder / "imports").glob("*")):
        if is_gone(folder, record):
            drop(folder, record.name)
    for record in sorted((folder / "predictions").glob("*")):
        done = said(record / "record.json").get("state") == DONE
        if done and not (record / "results" / "manifest.json").exists():
            drop(folder, record.name)
    for kind in ("datasets", "features"):
        for path in sorted((folder / kind).glob("*")):
            if not (folder / "imports" / path.name / "request.json").exists():
                shutil.rmtree(path)


def is_gone(folder: Path, record: Path) -> bool:
    """Whether what was made by an import is not there any more, or is just going."""
    if said(record / "trashed.json").get("until") == 0:
        return True
    if said(record / "record.json").get("state") != DONE:
        return False
    if record.name.startswith("ds_"):
        return not (folder / "datasets" / record.name).exists()
    return not [*(folder / "backbones").glob(f"*/users/{record.name}")]


def drop(folder: Path, record_id: str) -> None:
    """Take out all of a record."""
    for kind in ("imports", "predictions", "datasets", "features", "uploads"):
        shutil.rmtree(folder / kind / record_id, ignore_errors=True)
    for path in (folder / "backbones").glob(f"*/users/{record_id}"):
        path.unlink()


def said(path: Path) -> Json:
    """Returns what a file of JSON says; nothing, where it is not there or damaged."""
    try:
        found = read_json(path)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
