"""Makes a dataset of an upload, in a sealed process: both what runs there and how it is called."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from worker.data import prepare, progress, sandbox
from worker.data.options import AS_THEY_ARE, ImportOptions
from worker.data.prepare import Prepared
from worker.data.progress import Tell, untold
from worker.jsontypes import Json
from worker.settings import Settings
from worker.system.confinement.limits import Limits

NPY_HEADER_BYTES = 4096  # more than any has, so that a dataset just within its limit fits
OPEN_FILES = 256

T = TypeVar("T")


def import_files(
    files: Sequence[Path],
    target: Path,
    settings: Settings,
    seed: int = 1,
    options: ImportOptions = AS_THEY_ARE,
    check: Callable[[], None] = lambda: None,
    tell: Tell = untold,
) -> Prepared:
    """Returns and writes what `prepare` does, but in a sealed process: nobody trusts the files.

    Args:
        target: a folder that exists; the arrays are written into it.
        seed: chooses the test split where none was sent.
        options: what the upload asks for.
        check: raises when the import is no longer wanted; called again and again.
        tell: called with how far the process says that it is.

    Raises:
        WorkerError: the files are refused, or the process was ended by a limit or a crash.
    """
    order = {
        "files": [str(path.absolute()) for path in files],
        "target": str(target.absolute()),
        "settings": told(settings),
        "seed": seed,
        "options": options.model_dump(),
    }
    return sealed(
        __name__,
        order,
        Prepared,
        settings,
        readable=files,
        target=target,
        check=check,
        tell=tell,
    )


def told(settings: Settings) -> Json:
    """Returns what a sealed process is told of the settings. It has no use for Redis's address,
    which may hold a password, nor for what the service alone has, such as keys."""
    return settings.model_dump(mode="json", include={*Settings.model_fields} - {"redis_url"})


def sealed(
    module: str,
    order: Json,
    answer: type[T],
    settings: Settings,
    *,
    readable: Sequence[Path],
    target: Path,
    check: Callable[[], None],
    tell: Tell,
) -> T:
    """Returns what a module answers once it has written into the target folder, within the limits
    of an import.

    Args:
        answer: its type; nothing else is believed.

    Raises:
        WorkerError: as the module raises it, or the process was ended by a limit or a crash.
    """
    came = sandbox.call(
        module,
        order,
        import_limits(settings),
        readable=readable,
        writable=[target],
        check=check,
        hear=progress.hearing(tell),
    )
    try:
        return TypeAdapter(answer).validate_python(came)
    except ValidationError as error:  # a file has taken control of the process
        raise sandbox.BROKEN.kind(sandbox.BROKEN.detail) from error


def import_limits(settings: Settings) -> Limits:
    """Returns those of the process of an import."""
    return Limits(
        settings.import_timeout_s,
        settings.import_memory_bytes,
        settings.max_dataset_bytes + NPY_HEADER_BYTES,
        OPEN_FILES,
    )


def work(order: Json) -> Json:
    """Returns what the sealed process answers to an order of `import_files`."""
    files = [Path(name) for name in order["files"]]
    settings = Settings.model_validate(order["settings"])
    options = ImportOptions.model_validate(order["options"])
    tell = progress.reporting(sandbox.report)
    target = Path(order["target"])
    return prepare.prepare(files, target, settings, order["seed"], options, tell).as_dict()


if __name__ == "__main__":
    sandbox.serve(work)
