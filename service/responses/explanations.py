"""A request to explain an answer about a picture, from its body to what is shown of it."""

from base64 import b64encode
from functools import partial
from typing import NamedTuple

from anyio.to_thread import run_sync
from fastapi import Request

from service.requests.presence import while_present
from service.requests.questions import answered
from service.requests.sent_pictures import pictures_of
from service.responses.samples import seen, submitted
from service.schemas.common import Finding
from service.schemas.explanations import Explanation, Nearest, Neighbour
from service.schemas.predictions import Prediction
from service.state import AppState
from worker.data.pictures.heat_map import heat_map
from worker.data.pictures.pixels import Pixels
from worker.data.pictures.png import png
from worker.errors import InvalidParameter, WorkerError
from worker.nn.arrays import Array
from worker.operations.named_class import number_of
from worker.serving.explanations import Heat, covered, heat, heat_of_covered
from worker.serving.loaded_models import Loaded
from worker.store.aliases import CHAMPION


class Explained(NamedTuple):
    """An explanation, and its heat map as a PNG."""

    about: Explanation
    picture: bytes


class Asked(NamedTuple):
    """What is asked of an explanation.

    Attributes:
        class_name: which is explained; the answer if None.
        neighbours: how many rows that the model has learned from are told.
    """

    class_name: str | None
    neighbours: int


class Said(NamedTuple):
    """A model that explains itself, the alias by which it was found, and what is nearest."""

    model: Loaded
    alias: str | None
    nearest: Nearest | None


async def explained(
    request: Request, app_state: AppState, name: str, version: int | None, asked: Asked
) -> Explained:
    """Returns why a model answers what it does of the picture in the body.

    Args:
        version: the champion if None.

    Raises:
        WorkerError: there is no such model or class, or the body is no picture for it.
    """
    computing = app_state.threads.computing
    model = await run_sync(app_state.predictor.model, name, version, limiter=computing)
    class_name = asked.class_name
    label = None if class_name is None else number_of(model.classes, class_name, "model")
    pixels = await decoded(request, app_state, model)

    async def found() -> Explained:
        copies = [] if model.backbone is None else await run_sync(covered, pixels)
        samples = await taken(app_state, model, [pixels, *copies])
        near = await nearest(request, app_state, model, samples[0], asked.neighbours)
        said = Said(model, None if version else CHAMPION, near)
        return await run_sync(shown, app_state, said, pixels, samples, label, limiter=computing)

    return await while_present(request, found())


async def decoded(request: Request, app_state: AppState, model: Loaded) -> Pixels:
    """Returns the one picture in the body as the model was trained on pictures.

    Raises:
        InvalidParameter: there are several.
        WorkerError: it cannot be read, or the model takes none.
    """
    how, sent = model.of_pictures, await pictures_of(request)
    if len(sent) != 1:
        raise InvalidParameter(f"Expected one picture to explain, got {len(sent)}.", "/image")
    pool = app_state.decoders
    [picture] = await while_present(
        request, answered(pool, [partial(submitted, pool, sent[0].data, how)])
    )
    if isinstance(picture, WorkerError):
        raise picture
    return picture.pixels


async def taken(app_state: AppState, model: Loaded, pictures: list[Pixels]) -> list[Array]:
    """Returns pictures as the network of a model takes them.

    Raises:
        WorkerError: its backbone cannot be asked about one of them.
    """
    if model.backbone is None:
        return [*pictures]
    found: list[Array] = []
    for each in await seen(app_state, model.backbone, pictures):
        if isinstance(each, WorkerError):
            raise each
        found.append(each)
    return found


async def nearest(
    request: Request, app_state: AppState, model: Loaded, sample: Array, count: int
) -> Nearest | None:
    """Returns the rows that a model has learned from and that are most like a sample; None if none
    are asked for, or there."""
    if not count:
        return None
    look = partial(app_state.training_rows.nearest, model, sample, count)
    if (found := await run_sync(look, limiter=app_state.threads.surveying)) is None:
        return None
    rows = f"{request.scope['root_path']}/v1/datasets/{found.dataset}/rows"
    data = [
        Neighbour(**each._asdict(), picture=f"{rows}/{each.row}.png?split=train")
        for each in found.found
    ]
    return Nearest(dataset=found.dataset, compared=found.compared, rows=found.rows, data=data)


def shown(
    app_state: AppState, said: Said, pixels: Pixels, samples: list[Array], asked: int | None
) -> Explained:
    """Returns the explanation of what a model answers about a picture.

    Args:
        samples: as the network takes them: the picture, and its covered copies, if it has any.
        asked: the number of the class that is explained, if not the answer.
    """
    model, alias, near = said
    [answer] = app_state.predictor.of_samples(model, samples[:1], len(model.classes))
    label = model.classes.index(answer.label) if asked is None else asked
    hot: Heat = (
        heat(model, pixels, label)
        if model.backbone is None
        else heat_of_covered(model, pixels, samples, label)
    )
    picture = png(heat_map(pixels, hot.places))
    about = Explanation(
        model=model.name,
        version=model.version,
        alias=alias,
        fingerprint=model.fingerprint,
        prediction=Prediction(**vars(answer)),
        explained=model.classes[label],
        method=hot.method,
        heat_map=f"data:image/png;base64,{b64encode(picture).decode()}",
        nearest=near,
        warnings=[Finding(**each.as_dict()) for each in (*model.remarks, *model.warnings)],
    )
    return Explained(about, picture)
