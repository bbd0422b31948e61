"""An upload made into a dataset by a sealed process: its module, and how it is asked."""

from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from worker.data import prepare, sandbox
from worker.data.prepare import Prepared
from worker.jsontypes import Json
from worker.settings import Settings
from worker.system.confinement.limits import Limits

NPY_HEADER_BYTES = 4096  # far more than any, so that a dataset just within its limit fits the file
OPEN_FILES = 256


def import_files(
    files: Sequence[Path],
    target: Path,
    settings: Settings,
    seed: int = 1,
    check: Callable[[], None] = lambda: None,
) -> Prepared:
    """What `prepare` says and writes, done where the files can harm nobody.

    Args:
        check: raises when the import is no longer wanted.
    """
    order = {
        "files": [str(path.absolute()) for path in files],
        "target": str(target.absolute()),
        # Where Redis is, is nobody's business there.
        "settings": settings.model_dump(mode="json", exclude={"redis_url"}),
        "seed": seed,
    }
    bounds = Limits(
        settings.import_timeout_s,
        settings.import_memory_bytes,
        settings.max_dataset_bytes + NPY_HEADER_BYTES,
        OPEN_FILES,
    )
    answer = sandbox.call(__name__, order, bounds, readable=files, writable=[target], check=check)
    try:
        return TypeAdapter(Prepared).validate_python(answer)
    except ValidationError as error:  # it was made to say something else
        raise sandbox.BROKEN.kind(sandbox.BROKEN.detail) from error


def work(order: Json) -> Json:
    """What the sealed process does."""
    files = [Path(name) for name in order["files"]]
    settings = Settings.model_validate(order["settings"])
    return prepare.prepare(files, Path(order["target"]), settings, order["seed"]).as_dict()


if __name__ == "__main__":
    sandbox.serve(work)
