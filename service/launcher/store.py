"""The store, held for as long as a process of the service works with it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from service.launcher.process import CannotStart
from worker.errors import StoreFull
from worker.store.version import StoreVersion, UnfitStore


@contextmanager
def fit_store(data_dir: Path) -> Iterator[None]:
    """Within this block the store is of the version that this release works with, and stays so.

    Raises:
        CannotStart: it cannot be.
    """
    with ExitStack() as holding:
        try:
            holding.enter_context(StoreVersion(data_dir).held())
        except (UnfitStore, StoreFull) as error:
            raise CannotStart(str(error)) from error
        except OSError as error:
            raise CannotStart(
                f"A folder to write to is needed at {data_dir}, and the system says "
                f"{error.strerror}: name another one with PURR_DATA_DIR."
            ) from error
        yield
