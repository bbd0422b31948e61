"""Makes rows of files without labels, in a sealed process: both what runs there and how it is
called."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from worker.data import kinds, progress, sandbox
from worker.data.arrays import importer as arrays_importer
from worker.data.importer import sealed, told
from worker.data.magic import EMPTY, HEAD_BYTES, pictured
from worker.data.preprocessing import Preprocessing
from worker.data.progress import Tell, untold
from worker.data.tables.preprocessing import TablePreprocessing, preprocessing_of
from worker.data.unlabelled import arrays, pictures
from worker.data.unlabelled.rows import Rows, write
from worker.errors import UnsupportedFile
from worker.findings.finding import Finding
from worker.jsontypes import Json
from worker.settings import Settings


class Wanted(NamedTuple):
    """What rows are made for: a model.

    Attributes:
        preprocessing: how a sample became numbers, as a manifest says it.
        shape: of a sample.
        whole: whether pixels must be whole numbers, as backbones take them.
    """

    preprocessing: Json
    shape: list[int]
    whole: bool


class Made(NamedTuple):
    """What came of files: so many rows, and what is odd about all of them together."""

    rows: int
    warnings: list[Finding]


def import_rows(
    files: Sequence[Path],
    target: Path,
    wanted: Wanted,
    settings: Settings,
    check: Callable[[], None] = lambda: None,
    tell: Tell = untold,
) -> Made:
    """Returns what came of files, and writes the rows into the target folder, as `rows` says: in a
    sealed process, for nobody trusts the files.

    Args:
        target: a folder that exists.
        check: raises when the rows are no longer wanted; called again and again.
        tell: called with how far the process says that it is.

    Raises:
        WorkerError: the files are refused, or the process was ended by a limit or a crash.
    """
    order = {
        "files": [str(path.absolute()) for path in files],
        "target": str(target.absolute()),
        "wanted": wanted,
        "settings": told(settings),
    }
    return sealed(
        __name__, order, Made, settings, readable=files, target=target, check=check, tell=tell
    )


@contextmanager
def opened(
    files: Sequence[Path], wanted: Wanted, settings: Settings, tell: Tell, warnings: list[Finding]
) -> Iterator[Rows]:
    """Yields the rows of files.

    Raises:
        UnsupportedFile: they are of a kind that the model does not take, or of several.
        CorruptFile, LimitExceeded, UnsafeFile: as the reader of their kind says.
    """
    how = preprocessing_of(wanted.preprocessing)
    of_kind = {path: kinds.kind_of(path) for path in files}
    if {*of_kind.values()} <= {*arrays_importer.READERS}:
        with arrays.opened(of_kind, how, wanted.shape, wanted.whole, warnings) as rows:
            yield rows
    elif isinstance(how, TablePreprocessing) and {*of_kind.values()} <= kinds.TABLES:
        from worker.data.tables import unlabelled as tables  # its library takes time and memory

        with tables.opened(of_kind, how, settings, tell) as rows:
            yield rows
    elif isinstance(how, Preprocessing) and how.kind == "picture" and are_pictures(of_kind):
        with pictures.opened(of_kind, how, settings) as rows:
            yield rows
    else:
        raise unsupported(of_kind, how)


def are_pictures(files: Mapping[Path, str]) -> bool:
    """Whether these files are pictures, or archives of them; a few may be empty."""
    found = [path for path, kind in files.items() if kind != EMPTY.words]
    return bool(found) and all(files[p] in kinds.ARCHIVES or pictured(head_of(p)) for p in found)


def head_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def unsupported(
    files: Mapping[Path, str], how: Preprocessing | TablePreprocessing
) -> UnsupportedFile:
    """Returns the refusal of files that are of these kinds."""
    expected = "pictures, archives of them, or arrays of their pixels"
    if isinstance(how, TablePreprocessing):
        expected = "tables with the columns of this model, or arrays of their numbers"
    elif how.kind != "picture":
        expected = "arrays of rows"
    came = " and ".join(sorted({*files.values()}))
    return UnsupportedFile(f"Expected {expected}, one kind at a time, got {came}.")


def work(order: Json) -> Json:
    """Returns what the sealed process answers to an order of `import_rows`."""
    files, target = [Path(name) for name in order["files"]], Path(order["target"])
    settings, warnings = Settings.model_validate(order["settings"]), list[Finding]()
    tell = progress.reporting(sandbox.report)
    tell("reading", 0, None)
    with opened(files, Wanted(*order["wanted"]), settings, tell, warnings) as rows:
        made = write(rows, target, settings, tell)
    return {"rows": made, "warnings": [warning.as_dict() for warning in warnings]}


if __name__ == "__main__":
    sandbox.serve(work)
