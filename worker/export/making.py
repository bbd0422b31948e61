"""Has an export made in a sealed process: there a backbone is read, which is a file of strangers,
and ONNX Runtime loaded."""

from collections.abc import Callable
from pathlib import Path

from worker.data import sandbox
from worker.export.made import believed
from worker.export.sources import Sources
from worker.jsontypes import Json
from worker.settings import Settings
from worker.system.confinement.limits import Limits

SEALED = "worker.export.sealed"
OPEN_FILES = 64
COPIES = 8  # of the files, in memory: in both precisions, as they are written, in the runtime
FILE_BYTES = 2**24  # that a file may have beside its parameters


def make(
    sources: Sources, target: Path, settings: Settings, check: Callable[[], None] = lambda: None
) -> Json:
    """Returns what is known of an export, and writes its files into the target folder.

    Args:
        target: a folder that exists.
        check: raises when it is no longer wanted; called again and again.

    Raises:
        UnsupportedFile: it cannot be exported; the message says why.
        WorkerError: its process was ended by a limit or a crash.
    """
    order = ordered(sources, target, settings.threads)
    file_bytes = sum(path.stat().st_size for path in sources.files)
    bounds = Limits(
        settings.import_timeout_s,
        settings.max_backbone_memory_bytes + COPIES * file_bytes,
        file_bytes + FILE_BYTES,
        OPEN_FILES,
    )
    readable = [*sources.files, sources.arrays]
    answer = sandbox.call(SEALED, order, bounds, readable=readable, writable=[target], check=check)
    return believed(answer)


def ordered(sources: Sources, target: Path, threads: int) -> Json:
    """Returns the order to make an export of these, as `work` reads it."""
    backbone, network = sources.backbone, sources.network
    return {
        "manifest": sources.manifest,
        "weights": str(sources.weights.absolute()),
        "arrays": str(sources.arrays.absolute()),
        "backbone": None if backbone is None else backbone.as_dict(),
        "network": None if network is None else str(network.absolute()),
        "target": str(target.absolute()),
        "threads": threads,
    }
