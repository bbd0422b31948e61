"""Predictions as lines, asked and answered while the body is still being sent.

What is in memory is bounded: the lines that came last, and the answers to them. The next are read
once these answers are on their way, so a client that takes nothing is not read from either.
"""

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Sequence,
)
from contextlib import aclosing
from functools import partial
from typing import TypeVar

from anyio.to_thread import run_sync
from fastapi import Request
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from service.errors import CODES, described, problem_in_place
from service.middleware.limits import LINES
from service.requests.lines import Line, Lines
from service.requests.questions import OF_ALL
from service.responses import samples
from service.responses.asked_model import AskedModel
from service.responses.samples import Sample
from service.state import AppState
from worker.errors import TooBusy, WorkerError
from worker.findings.finding import Finding
from worker.serving import lines as read_lines
from worker.serving.lines import Read, Row

BUSY_S, AGAIN_S = 30.0, 0.2  # for which pictures wait for a place in the queue, and between tries
CUT_SHORT = Finding(
    code="picture_cut_short",
    severity="warning",
    message="The end of this picture is missing; it was read as far as it goes.",
)

Values = Sample | Row | WorkerError
T = TypeVar("T")


async def lines_answered(request: Request, app_state: AppState, asked: AskedModel) -> "LineAnswer":
    """Returns an answer that has a line for each line of the body, and begins with the first.

    Raises:
        HTTPException: the body is damaged, or all bodies are too large together.
        TooBusy: there are as many streams as there may be.
    """
    request.state.untimed = True
    most = read_lines.most_bytes(asked.loaded, app_state.settings.max_image_bytes)
    lines = Lines(request.stream(), most, app_state.bodies)
    pieces = PredictionLines(app_state, asked, lines).pieces()
    return LineAnswer(await anext(pieces, b""), pieces)


class LineAnswer(StreamingResponse):
    """Sends pieces of lines as they come.

    The class below would take the rest of the body for itself, to hear when the client leaves.
    """

    def __init__(self, first: bytes, pieces: AsyncGenerator[bytes]) -> None:
        super().__init__(self._all(first, pieces), media_type=LINES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.stream_response(send)

    async def _all(self, first: bytes, pieces: AsyncGenerator[bytes]) -> AsyncIterator[bytes]:
        async with aclosing(pieces):
            yield first
            async for piece in pieces:
                yield piece


class PredictionLines:
    """What a model says of each line of a body."""

    def __init__(self, app_state: AppState, asked: AskedModel, lines: Lines) -> None:
        self._app_state, self._asked, self._lines = app_state, asked, lines
        self._told = to_json(asked.told())[1:-1]

    async def pieces(self) -> AsyncGenerator[bytes]:
        """Yields the answers to some lines at a time, to the end of the body or until the client
        leaves. What ends the body after the first answers is told in a last line.

        Raises:
            HTTPException, TooBusy: before the first.
        """
        begun = False
        try:
            with self._app_state.transfers.slot():
                async with aclosing(self._lines.batches()) as batches:
                    async for batch in batches:
                        yield await self._answered(batch)
                        begun = True
        except ClientDisconnect:
            return
        except HTTPException as error:
            if not begun:
                raise
            code = CODES.get(error.status_code, CODES[500])
            problem = described(error.status_code, code, str(error.detail))
            yield to_json({"line": self._lines.number + 1, "problem": problem}) + b"\n"

    async def _answered(self, batch: Sequence[Line]) -> bytes:
        computing = self._app_state.threads.computing
        read = await run_sync(self._read, batch, limiter=computing)
        values = await self._values(read)
        return await run_sync(self._written, batch, values, limiter=computing)

    def _read(self, batch: Sequence[Line]) -> list[Read]:
        texts = [line.text for line in batch if isinstance(line.text, bytes)]
        found = iter(read_lines.read(self._asked.loaded, texts))
        return [next(found) if isinstance(each.text, bytes) else each.text for each in batch]

    async def _values(self, read: Sequence[Read]) -> list[Values]:
        """Returns what the network takes of each line, or why there is nothing."""
        files = iter(await self._pictures([each for each in read if isinstance(each, bytes)]))
        rows = iter(await self._rows([each for each in read if isinstance(each, Row)]))
        found = list[Values]()
        for each in read:
            if isinstance(each, WorkerError):
                found.append(each)
            else:
                found.append(next(files if isinstance(each, bytes) else rows))
        return found

    async def _pictures(self, files: Sequence[bytes]) -> Sequence[Values]:
        app_state, model = self._app_state, self._asked.loaded
        if not files:
            return []
        how = model.of_pictures
        return await patiently(
            partial(samples.of_pictures, app_state, model, files, how), len(files)
        )

    async def _rows(self, rows: Sequence[Row]) -> Sequence[Values]:
        backbone = self._asked.loaded.backbone
        if backbone is None or not rows:
            return rows
        pixels = [row.values for row in rows]
        seen = await patiently(partial(samples.seen, self._app_state, backbone, pixels), len(rows))
        return [
            each if isinstance(each, WorkerError) else row._replace(values=each)
            for row, each in zip(rows, seen, strict=True)
        ]

    def _written(self, batch: Sequence[Line], values: Sequence[Values]) -> bytes:
        return b"".join(self._lines_of(batch, values))

    def _lines_of(self, batch: Sequence[Line], values: Sequence[Values]) -> Iterator[bytes]:
        model, (top, threshold) = self._asked.loaded, self._asked.options
        shape = model.takes
        known = [v.values.reshape(shape) for v in values if not isinstance(v, WorkerError)]
        pictures = [
            v.values if isinstance(v, Sample) and model.backbone is None else None
            for v in values
            if not isinstance(v, WorkerError)
        ]
        predictions = self._app_state.live_answers.log.noted(
            model, self._app_state.predictor.of_samples(model, known, top, threshold), pictures
        )
        for line, each in zip(batch, values, strict=True):
            if isinstance(each, WorkerError):
                yield to_json({"line": line.number, "problem": problem_in_place(each)}) + b"\n"
                continue
            said = to_json(next(predictions))[1:-1]
            warnings = to_json([warning.as_dict() for warning in self._warnings(each)])
            yield b'{"line":%d,%b,%b,"warnings":%b}\n' % (line.number, self._told, said, warnings)

    def _warnings(self, values: Sample | Row) -> Sequence[Finding]:
        model = self._asked.loaded
        if isinstance(values, Row):
            return (*model.remarks, *values.warnings)
        cut_short = [CUT_SHORT] if values.cut_short else []
        return (*model.remarks, *model.warnings, *cut_short)


async def patiently(
    ask: Callable[[], Awaitable[list[T | WorkerError]]], count: int
) -> list[T | WorkerError]:
    """Returns what is answered. Where others fill the queue for too long, or nothing of this kind
    can be answered, that error for each."""
    clock = asyncio.get_running_loop().time
    until = clock() + BUSY_S
    while True:
        try:
            return await ask()
        except OF_ALL as error:
            if not isinstance(error, TooBusy) or clock() > until:
                return [error] * count
        await asyncio.sleep(AGAIN_S)
