"""What a scoring is asked about where it brought its own files: rows without labels."""

import json
from functools import partial
from pathlib import Path
from typing import NamedTuple

from worker.data.backbones.extraction import Pictures, extract
from worker.data.dataset import Split
from worker.data.progress import Tell
from worker.data.row_names import read_names
from worker.data.sandbox import BROKEN
from worker.data.unlabelled.importer import Wanted, import_rows
from worker.data.unlabelled.rows import UPLOAD, Problems, mapped
from worker.jsontypes import Json
from worker.serving.loaded_models import Loaded
from worker.tasks.context import WorkerContext
from worker.tasks.uploaded import Check

ROWS, FEATURES = "rows", "features"  # how what is made of an upload is called beside it
WARNINGS = "warnings.json"


class Uploaded(NamedTuple):
    """The rows of an upload, as a model takes them.

    Attributes:
        names: of the file of each.
        problems: of those about which it cannot be asked.
        warnings: what is odd about all of them together.
    """

    rows: Split
    names: list[str]
    problems: Problems
    warnings: list[Json]


def uploaded_rows(
    context: WorkerContext, scoring_id: str, model: Loaded, check: Check, tell: Tell
) -> Uploaded:
    """Returns the rows of a scoring's upload, which are made once, whichever attempt does it.

    Args:
        check: raises when they are no longer wanted; called again and again.
        tell: called with how far that is.

    Raises:
        WorkerError: the model cannot be asked about the files, or they are refused.
        StoreFull: there is no room for what is made of them.
    """
    uploads = context.store.uploads
    make = partial(_make_rows, context, scoring_id, model, check, tell)
    folder = samples = uploads.local_made(scoring_id, ROWS, make, check)
    if model.backbone is not None:
        see = partial(_make_features, context, model.backbone, folder, check, tell)
        samples = uploads.local_made(scoring_id, FEATURES, see, check)
    rows, names = mapped(samples), read_names(folder, UPLOAD) or []
    if len(rows) != len(names):
        raise BROKEN.kind(BROKEN.detail)
    return Uploaded(rows, names, Problems(folder), json.loads((folder / WARNINGS).read_text()))


def _make_rows(
    context: WorkerContext, scoring_id: str, model: Loaded, check: Check, tell: Tell, part: Path
) -> None:
    files = context.store.uploads.local_files(scoring_id)
    wanted = Wanted(model.preprocessing.as_dict(), model.shape, model.backbone is not None)
    made = import_rows(files, part, wanted, context.settings, check, tell)
    warnings = [warning.as_dict() for warning in made.warnings]
    (part / WARNINGS).write_text(json.dumps(warnings))
    context.store.quota.count_anew()  # the sealed process knows nothing of it


def _make_features(
    context: WorkerContext, digest: str, folder: Path, check: Check, tell: Tell, part: Path
) -> None:
    """Those that a backbone makes of the pictures in a folder."""
    backbone, network = context.store.backbones.open(digest)
    pictures = Pictures([], folder, len(mapped(folder)))
    extract(pictures, backbone, network, part, context.settings, check, tell)
    context.store.quota.count_anew()  # sealed processes know nothing of it
