"""What a request sends, as the network of a model takes it: decoded, and seen by its backbone."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from anyio.to_thread import run_sync

from service.requests.questions import answered
from service.state import AppState
from worker.data.pictures.pixels import Picture, Pixels
from worker.data.pictures.pool import DecoderPool, Task
from worker.data.preprocessing import Preprocessing
from worker.errors import WorkerError
from worker.findings.finding import Finding
from worker.nn.arrays import Array
from worker.serving.loaded_models import Loaded


class Sample(NamedTuple):
    """A picture as a network takes it.

    Attributes:
        values: its pixels, (height, width, 3), or its features, (n,).
        cut_short: whether the end of its file is missing.
    """

    values: Array
    cut_short: bool


async def of_pictures(
    app_state: AppState, model: Loaded, encoded: Sequence[bytes | WorkerError], how: Preprocessing
) -> list[Sample | WorkerError]:
    """Returns a sample for each encoded picture, or the error that refuses it.

    Args:
        encoded: pictures, and errors in the place of some, which are returned as they are.
        how: it becomes the pixels that the model was trained on.

    Raises:
        TooBusy, BackboneUnavailable, DamagedBackbone: as `answered` says.
    """
    pool = app_state.decoders
    found = await answered(pool, [partial(submitted, pool, each, how) for each in encoded])
    pixels = [picture.pixels for picture in found if isinstance(picture, Picture)]
    made = iter(pixels if model.backbone is None else await seen(app_state, model.backbone, pixels))
    return [
        picture if isinstance(picture, WorkerError) else _sample(next(made), picture.cut_short)
        for picture in found
    ]


async def of_rows(
    app_state: AppState, model: Loaded, body: bytes, warnings: list[Finding]
) -> list[Array | WorkerError]:
    """Returns the features of each row of raw pixels in a body, or the error that refuses it. What
    is odd about the rows stands among the warnings then.

    Raises:
        WorkerError: the body is no rows for this model.
        TooBusy, BackboneUnavailable, DamagedBackbone: as `answered` says.
    """
    pixels = await run_sync(
        app_state.predictor.pixels, model, body, warnings, limiter=app_state.threads.computing
    )
    good = [each for each in pixels if not isinstance(each, WorkerError)]
    made = iter(await seen(app_state, model.backbone or "", good))
    found = [each if isinstance(each, WorkerError) else next(made) for each in pixels]
    for row, each in enumerate(found):
        if isinstance(each, WorkerError):
            each.pointer = each.pointer or f"/rows/{row}"
    return found


async def seen(
    app_state: AppState, digest: str, pictures: Sequence[Pixels]
) -> list[Array | WorkerError]:
    """Returns the features of each picture by the backbone of this digest, or the error that
    refuses it."""
    if not pictures:  # all were refused before: no backbone need be there
        return []
    with app_state.loaded_backbones.using(digest) as pool:
        return await answered(pool, [partial(pool.submit, each) for each in pictures])


def submitted(pool: DecoderPool, each: bytes | WorkerError, how: Preprocessing) -> Task:
    """Queues a picture and returns its task.

    Raises:
        WorkerError: the one that stands in its place; or as the pool says.
    """
    if isinstance(each, WorkerError):
        raise each
    return pool.submit(each, how)


def _sample(made: Array | WorkerError, cut_short: bool) -> Sample | WorkerError:
    return made if isinstance(made, WorkerError) else Sample(made, cut_short)
