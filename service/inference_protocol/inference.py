"""An inference from the request's body to the answer."""

from collections.abc import AsyncIterator, Sequence
from functools import partial

from anyio.to_thread import run_sync
from fastapi import Request, Response

from service.inference_protocol.answer import written
from service.inference_protocol.asked_model import AskedModel
from service.inference_protocol.envelope import LENGTH, opened
from service.inference_protocol.named_model import named
from service.inference_protocol.request import asked_in
from service.requests.presence import while_present
from service.responses import samples
from service.responses.samples import Sample
from service.state import AppState
from worker.errors import WorkerError
from worker.nn.arrays import Array
from worker.serving import tensor_rows
from worker.serving.signatures import rows_in
from worker.serving.tensor_answers import Answers
from worker.serving.tensors import texts

AT_ONCE = 64  # pictures of a request that are in memory at a time


async def infer(request: Request, app_state: AppState, name: str, version: str | None) -> Response:
    """Returns what a model says of the tensors in the body.

    Args:
        version: its number, or an alias; None for the champion.

    Raises:
        WorkerError: there is no such model, or the body is nothing that it could be asked.
    """
    body, length = await request.body(), request.headers.get(LENGTH)
    begin = partial(begun, app_state, body, length, name, version)
    found = await run_sync(begin, limiter=app_state.threads.computing)
    if isinstance(found, Response):
        return found
    await while_present(request, by_processes(app_state, found))
    return await run_sync(written, found, limiter=app_state.threads.computing)


def begun(
    app_state: AppState, body: bytes, length: str | None, name: str, version: str | None
) -> Response | AskedModel:
    """Returns the answer, or what processes must do something for first.

    All of it is done in one go, since each change of threads takes as long as a small answer.
    """
    model, settings = named(app_state, name, version), app_state.settings
    request = asked_in(opened(body, length), model.signature)
    rows = rows_in(request.inputs, model.signature.inputs, settings.max_predict_rows)
    answers = Answers(model.model, rows, settings.max_answer_bytes)
    asked = AskedModel(model, request, answers)
    if model.by_pictures or model.model.backbone is not None:
        return asked
    for block in tensor_rows.blocks(model.model, request.inputs, asked.warnings):
        answers.add(block)
    return written(asked)


async def by_processes(app_state: AppState, asked: AskedModel) -> None:
    """Have pictures decoded, and seen by the backbone, a few at a time; and ask the model.

    Raises:
        WorkerError: one of them is refused; no more is done then.
    """
    done, (sent,) = 0, asked.request.inputs
    async for found in (of_pictures if asked.named.by_pictures else of_pixels)(app_state, asked):
        known = [each for each in found if not isinstance(each, WorkerError)]
        if len(known) < len(found):
            place, error = next(
                (n, each) for n, each in enumerate(found, done) if isinstance(each, WorkerError)
            )
            error.pointer = f"{sent.pointer}/data/{place}" if sent.pointer else ""
            raise error
        await run_sync(asked.answers.add_each, known, limiter=app_state.threads.computing)
        done += len(found)


async def of_pictures(
    app_state: AppState, asked: AskedModel
) -> AsyncIterator[Sequence[Array | WorkerError]]:
    """Yields what the network takes of encoded pictures, or the errors that refuse them."""
    model, encoded = asked.named.model, texts(asked.request.inputs[0])
    for at in range(0, len(encoded), AT_ONCE):
        group = encoded[at : at + AT_ONCE]
        found = await samples.of_pictures(app_state, model, group, model.of_pictures)
        asked.cut_short += [
            n for n, each in enumerate(found, at) if isinstance(each, Sample) and each.cut_short
        ]
        yield [each.values if isinstance(each, Sample) else each for each in found]


async def of_pixels(
    app_state: AppState, asked: AskedModel
) -> AsyncIterator[Sequence[Array | WorkerError]]:
    """Yields the features that a backbone makes of raw pixels, or the errors that refuse them."""
    model, limiter = asked.named.model, app_state.threads.computing
    groups = tensor_rows.pixels(model, asked.request.inputs[0], AT_ONCE, asked.warnings)
    while pictures := await run_sync(next, groups, None, limiter=limiter):
        yield await samples.seen(app_state, model.backbone or "", pictures)
