"""Whether the service can work: what it needs, and what of that is away."""

from service.launcher.compilation import LASTS, under_way
from service.state import AppState
from worker.errors import QueueUnavailable, StoreFull
from worker.store.version import UnfitStore

COMPILING = (
    " Workers that train wait while kernels are being compiled for this processor, once, which "
    f"takes {LASTS}; jobs are accepted meanwhile."
)


def missing(app_state: AppState) -> list[str]:
    """Returns which of store, workers and redis are away."""
    away = []
    try:
        app_state.store.version.check()
        app_state.store.space.check()
    except (OSError, StoreFull, UnfitStore):
        away.append("store")
    try:
        away += [] if app_state.job_queue.has_workers() else ["workers"]
    except QueueUnavailable:
        away.append("redis")
    return away


def explained(away: list[str], app_state: AppState) -> str:
    """Returns a sentence that names what is away, and says why the store or workers are if that is
    known."""
    detail = f"Expected redis, store and workers, but these are away: {', '.join(away)}."
    try:
        app_state.store.version.check()
    except UnfitStore as error:
        return f"{detail} {error}"
    compiling = "workers" in away and under_way(app_state.settings.data_dir)
    return detail + COMPILING if compiling else detail
