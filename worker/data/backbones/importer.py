"""The door for networks: has a sealed process look at one that somebody sent."""

from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from worker.data import sandbox
from worker.data.backbones.backbone import Backbone
from worker.data.backbones.options import BackboneOptions
from worker.settings import Settings
from worker.system.confinement.limits import Limits

EXAMINATION = "worker.data.backbones.examination"
OPEN_FILES = 64
# What is written may be a little longer than what was sent: numbers may take more bytes.
ROOM_BYTES = 2**16


def import_backbone(
    file: Path,
    target: Path,
    settings: Settings,
    options: BackboneOptions,
    check: Callable[[], None] = lambda: None,
) -> Backbone:
    """Returns what is known of a network, and has the part of it written that makes features.

    Args:
        target: a folder that exists; the network is written into it.
        options: what the caller says of it.
        check: raises when it is no longer wanted; called again and again.

    Raises:
        WorkerError: it is refused, or the process was ended by a limit or a crash.
    """
    order = {
        "file": str(file.absolute()),
        "target": str(target.absolute()),
        "options": options.asked(),
        "most_parameters": settings.max_backbone_parameters,
    }
    bounds = Limits(
        settings.import_timeout_s,
        settings.max_backbone_memory_bytes,
        settings.max_backbone_bytes + ROOM_BYTES,
        OPEN_FILES,
    )
    answer = sandbox.call(
        EXAMINATION, order, bounds, readable=[file], writable=[target], check=check
    )
    try:
        return Backbone.from_dict(answer)
    except ValidationError as error:  # the file has taken control of the process
        raise sandbox.BROKEN.kind(sandbox.BROKEN.detail) from error
