"""A request for predictions from its body to the bytes of the answer."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from anyio.to_thread import run_sync
from fastapi import Request, Response
from pydantic_core import to_json
from starlette.concurrency import run_in_threadpool

from service.errors import problem_in_place
from service.middleware.limits import LINES
from service.requests.asked_options import Options
from service.requests.fetched import address_of, picture
from service.requests.json_body import is_json, kind_of, utf8
from service.requests.presence import while_present
from service.requests.sent_pictures import FIELD, FORM, Sent, listed, parts_of, single
from service.responses import samples
from service.responses.asked_model import AskedModel
from service.responses.prediction_lines import lines_answered
from service.responses.samples import Sample
from service.state import AppState
from worker.data.arrays.npy_rows import is_npy
from worker.errors import LimitExceeded, WorkerError
from worker.findings.finding import Finding
from worker.jsontypes import Json
from worker.serving.predictor import Prediction, check_threshold
from worker.store.aliases import CHAMPION

SHARED_BYTES = 2**18  # of a body: some rows, which are read in less time than they are computed

Entry = Prediction | Json


async def answer(
    request: Request,
    app_state: AppState,
    options: Options,
    name: str,
    *,
    version: int | None = None,
    alias: str = CHAMPION,
) -> Response:
    """Returns what the model says of whatever the body is.

    Args:
        version: by its number; None for the one that the alias names.

    Raises:
        WorkerError: there is no such model, or the body is nothing that it could be asked.
    """
    predictor, computing = app_state.predictor, app_state.threads.computing
    if version is None:
        if (at_hand := predictor.at_hand(name, alias)) is None:
            at_hand = await run_sync(predictor.aliased, name, alias, limiter=computing)
        model, point = at_hand
        options = options.at(point)
    else:
        model = await run_sync(predictor.model, name, version, limiter=computing)
    check_threshold(model, options.threshold)
    asked = AskedModel(model, alias if version is None else None, options)
    if kind_of(request) == LINES:
        return await lines_answered(request, app_state, asked)
    write = await writer(request, app_state, asked)
    if write.is_quick:
        written = write.answer()
    else:  # of those who left while others were served, nothing need be computed
        limiter = app_state.threads.sharing if write.is_shared else computing
        written = await while_present(request, run_sync(write.answer, limiter=limiter))
    return Response(written, media_type="application/json")


class Writer(NamedTuple):
    """What writes an answer.

    Attributes:
        is_quick: whether that takes less time than another thread takes to begin with it.
        is_shared: whether the rows of several are computed together, and little else is to be done.
    """

    answer: Callable[[], bytes]
    is_quick: bool = False
    is_shared: bool = False


async def writer(request: Request, app_state: AppState, asked: AskedModel) -> Writer:
    """Returns what writes the answer to a body, whatever that is."""
    if kind_of(request) == FORM:
        return await of_pictures(request, app_state, asked, await parts_of(request), "/image/0")
    body = await request.body()
    if is_json(request):
        body = utf8(body)
        if (field := FIELD.match(body)) is None:
            return await of_rows(request, app_state, asked, body)
        if field[1] == b"images":
            sent = await while_present(request, run_in_threadpool(listed, body))
            return await of_pictures(request, app_state, asked, sent, "/images/0")
        settings = app_state.settings
        most, address = settings.max_image_bytes, address_of(body, settings.max_json_bytes)
        with app_state.transfers.slot():
            fetched = await while_present(request, picture(address, app_state.fetcher, most))
        return await of_pictures(request, app_state, asked, [Sent(None, fetched)], "/url")
    if is_npy(body):
        return await of_rows(request, app_state, asked, body)
    return await of_pictures(request, app_state, asked, [single(request, body)], "")


async def of_rows(request: Request, app_state: AppState, asked: AskedModel, body: bytes) -> Writer:
    """Returns what writes the answer to a body of rows, of which a backbone has seen those that are
    for it by then."""
    predictor, model, (top, threshold) = app_state.predictor, asked.loaded, asked.options
    warnings = list[Finding]()
    found: Iterator[Prediction | WorkerError]
    if model.backbone is None:
        found = app_state.live_answers.log.noted(
            model, predictor.of_rows(model, body, top, warnings, threshold)
        )
    else:
        seen = await while_present(request, samples.of_rows(app_state, model, body, warnings))
        known = [each for each in seen if not isinstance(each, WorkerError)]
        answers = app_state.live_answers.log.noted(
            model, predictor.of_samples(model, known, top, threshold)
        )
        found = in_place(seen, answers)
    most = app_state.settings.max_answer_bytes
    is_shared = model.is_shared and len(body) <= SHARED_BYTES
    write = partial(encoded, asked, of_each_row(found), warnings, most)
    return Writer(write, is_shared=is_shared)


async def of_pictures(
    request: Request, app_state: AppState, asked: AskedModel, sent: Sequence[Sent], pointer: str
) -> Writer:
    """Returns what writes the answer to a body of pictures, all of which are samples by then.

    Args:
        pointer: of the first of them, in the body.
    """
    model, (top, threshold) = asked.loaded, asked.options
    how = model.of_pictures
    found = await while_present(
        request, samples.of_pictures(app_state, model, [s.data for s in sent], how)
    )
    if len(found) == 1 and isinstance(found[0], WorkerError):
        found[0].pointer = pointer
        raise found[0]
    known = [sample.values for sample in found if isinstance(sample, Sample)]
    predictions = app_state.live_answers.log.noted(
        model,
        app_state.predictor.of_samples(model, known, top, threshold),
        () if model.backbone else known,
    )
    entries = of_each_file(sent, in_place(found, predictions))
    warnings = [*model.warnings, *cut_short(sent, found)]
    most = app_state.settings.max_answer_bytes
    write = partial(encoded, asked, entries, warnings, most)
    return Writer(write, is_quick=len(sent) == 1 and model.is_quick)


def in_place(
    found: Sequence[object], predictions: Iterator[Prediction | WorkerError]
) -> Iterator[Prediction | WorkerError]:
    """Yields what was found where that is an error, and the next prediction where it is not."""
    for each in found:
        yield each if isinstance(each, WorkerError) else next(predictions)


def of_each_file(
    sent: Sequence[Sent], found: Iterator[Prediction | WorkerError]
) -> Iterator[Entry]:
    """Yields what is said of each picture, or why nothing is said of which file."""
    for (name, _), each in zip(sent, found, strict=True):
        if isinstance(each, WorkerError):
            yield {"file": name, "problem": problem_in_place(each)}
        else:
            yield each


def of_each_row(found: Iterator[Prediction | WorkerError]) -> Iterator[Entry]:
    """Yields what is said of each row, or why nothing is said of which.

    Raises:
        WorkerError: why nothing is said of the first, where nothing is said of any.
    """
    first, answered = None, False
    for row, each in enumerate(found):
        if isinstance(each, WorkerError):
            first = first or each
            yield {"row": row, "problem": problem_in_place(each)}
        else:
            answered = True
            yield each
    if first is not None and not answered:
        raise first


def cut_short(sent: Sequence[Sent], found: Sequence[Sample | WorkerError]) -> list[Finding]:
    """Returns a warning for each picture that lacks its end."""
    return [
        Finding(
            code="picture_cut_short",
            severity="warning",
            message=f"The end of {name or f'picture {index}'} is missing; it was read as far as "
            "it goes.",
        )
        for index, ((name, _), sample) in enumerate(zip(sent, found, strict=True))
        if isinstance(sample, Sample) and sample.cut_short
    ]


def encoded(
    asked: AskedModel, entries: Iterable[Entry], warnings: Sequence[Finding], most: int
) -> bytes:
    """Returns the answer as JSON. The warnings are read last, for they may come with the entries.

    Raises:
        LimitExceeded: it grows over so many bytes.
    """
    pieces = [to_json(asked.told())[:-1], b',"predictions":[']
    size = 0
    for entry in entries:
        piece = to_json(entry)
        size += len(piece) + 1
        if size > most:
            raise LimitExceeded(
                f"Expected an answer of at most {most:,} bytes, but this one grows larger. Send "
                "fewer rows, or ask for a smaller top."
            )
        pieces += (piece, b",")
    said = to_json([warning.as_dict() for warning in (*asked.loaded.remarks, *warnings)])
    return b"".join([*pieces[:-1], b'],"warnings":', said, b"}"])
