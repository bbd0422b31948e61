"""A request for predictions from its body to the bytes of the answer."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from anyio.to_thread import run_sync
from fastapi import Request, Response
from pydantic_core import to_json

from service.errors import described, status_of
from service.requests.json_body import is_json, kind_of, utf8
from service.requests.presence import while_present
from service.requests.sent_pictures import Sent, pictures_of
from service.responses import samples
from service.responses.samples import Sample
from service.state import AppState
from worker.errors import LimitExceeded, WorkerError
from worker.findings.finding import Finding
from worker.jsontypes import Json
from worker.serving.loaded_models import Loaded
from worker.serving.predictor import Prediction

Entry = Prediction | Json


async def answer(
    request: Request, app_state: AppState, name: str, version: int | None, top: int
) -> Response:
    """Returns what the model says of whatever the body is.

    Args:
        version: the champion if None.
        top: the most classes whose probabilities are told.

    Raises:
        WorkerError: there is no such model, or the body is nothing that it could be asked.
    """
    model = await run_sync(
        app_state.predictor.model, name, version, limiter=app_state.threads.computing
    )
    write = await (of_rows if is_json(request) else of_pictures)(request, app_state, model, top)
    # Of those who left while others were served, nothing need be computed.
    written = await while_present(request, run_sync(write, limiter=app_state.threads.computing))
    return Response(written, media_type="application/json")


async def of_rows(
    request: Request, app_state: AppState, model: Loaded, top: int
) -> Callable[[], bytes]:
    """Returns what writes the answer to a body of rows, of which a backbone has seen those that are
    for it by then."""
    body, warnings = utf8(await request.body()), list[Finding]()
    if model.backbone is None:
        predictions = app_state.predictor.of_rows(model, body, top, warnings)
    else:
        seen = await while_present(request, samples.of_rows(app_state, model, body, warnings))
        predictions = app_state.predictor.of_samples(model, seen, top)
    return partial(encoded, model, predictions, warnings, app_state.settings.max_answer_bytes)


async def of_pictures(
    request: Request, app_state: AppState, model: Loaded, top: int
) -> Callable[[], bytes]:
    """Returns what writes the answer to a body of pictures, all of which are samples by then."""
    how = model.of_pictures
    sent = await pictures_of(request)
    found = await while_present(
        request, samples.of_pictures(app_state, model, [s.data for s in sent], how)
    )
    if len(found) == 1 and isinstance(found[0], WorkerError):
        found[0].pointer = "/image/0" if kind_of(request) == "multipart/form-data" else ""
        raise found[0]
    known = [sample.values for sample in found if isinstance(sample, Sample)]
    entries = of_each(sent, found, app_state.predictor.of_samples(model, known, top))
    warnings = [*model.warnings, *cut_short(sent, found)]
    return partial(encoded, model, entries, warnings, app_state.settings.max_answer_bytes)


def of_each(
    sent: Sequence[Sent],
    found: Sequence[Sample | WorkerError],
    predictions: Iterator[Prediction],
) -> Iterator[Entry]:
    """Yields what is said of each picture, or why nothing is said of which file."""
    for (name, _), sample in zip(sent, found, strict=True):
        if isinstance(sample, WorkerError):
            problem = described(status_of(sample), sample.code, str(sample))
            yield {"file": name, "problem": problem}
        else:
            yield next(predictions)


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
    model: Loaded, entries: Iterable[Entry], warnings: Sequence[Finding], most: int
) -> bytes:
    """Returns the answer as JSON. The warnings are read last, for they may come with the entries.

    Raises:
        LimitExceeded: it grows over so many bytes.
    """
    pieces = [to_json({"model": model.name, "version": model.version})[:-1], b',"predictions":[']
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
    said = to_json([warning.as_dict() for warning in (*model.remarks, *warnings)])
    return b"".join([*pieces[:-1], b'],"warnings":', said, b"}"])
