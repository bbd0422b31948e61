"""Who is answered while more ask than can be."""

import asyncio
import random
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from service.middleware.answering_limit import CALM_S, SPARE, WITHIN, Answering, AnsweringLimit
from worker.jsontypes import Json
from worker.system.machine import cores

MOST = 40
FEW = cores() + SPARE
PREDICT = "/v1/models/cats/predict"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr("service.middleware.answering_limit.time.monotonic", lambda: now[0])
    return now


def begun(answering: Answering, count: int) -> int:
    """How many of so many that come at once are answered."""
    taken = 0
    for _ in range(count):
        try:
            answering.begin()
        except HTTPException as refusal:
            assert refusal.status_code == 429
        else:
            taken += 1
    return taken


def ended(answering: Answering) -> None:
    while answering.under_way:
        answering.end()


def test_any_number_up_to_the_limit_is_taken(clock: list[float]) -> None:
    answering = Answering(MOST)
    assert begun(answering, MOST) == MOST
    assert not answering.is_short


def test_once_there_are_more_only_few_are_taken_at_a_time(clock: list[float]) -> None:
    answering = Answering(MOST)
    assert begun(answering, MOST + 1) == MOST
    assert answering.is_short
    ended(answering)
    assert not answering.is_short
    assert begun(answering, MOST) == FEW
    assert answering.is_short


def test_four_times_as_many_as_can_be_answered_never_wait_for_more_than_few(
    clock: list[float],
) -> None:
    answering, chance, most = Answering(MOST), random.Random(1), 0
    begun(answering, MOST + 1)
    ended(answering)
    for _ in range(4_000):  # four come for one that is answered
        clock[0] += 0.001
        begun(answering, 1)
        most = max(most, answering.under_way)
        if answering.under_way and chance.random() < 0.25:
            answering.end()
    assert most == FEW


def test_when_few_are_refused_all_may_wait_again(clock: list[float]) -> None:
    answering = Answering(MOST)
    begun(answering, MOST + 1)
    ended(answering)
    for _ in range(2 * WITHIN):
        assert begun(answering, 1) == 1
        answering.end()
    assert begun(answering, MOST) == MOST


def test_when_those_who_were_sent_away_come_again_all_may_wait_again(clock: list[float]) -> None:
    answering = Answering(MOST)
    begun(answering, MOST + 1)
    ended(answering)
    clock[0] += 1.01 * CALM_S
    assert begun(answering, MOST) == MOST


def test_those_who_wait_at_the_door_count_beside_those_inside(clock: list[float]) -> None:
    answering = Answering(MOST)
    answering.waiting = lambda: MOST
    assert begun(answering, MOST) == MOST // 4
    assert answering.limit == FEW


def test_connections_at_the_door_keep_nobody_out_by_themselves(clock: list[float]) -> None:
    answering = Answering(MOST)
    answering.waiting = lambda: 1000
    assert begun(answering, 3) == 3


class Request:
    """A request that comes and is answered when it is told to be."""

    def __init__(self, answering: Answering, path: str = PREDICT, kind: str = "") -> None:
        self.pieces: asyncio.Queue[Json] = asyncio.Queue()
        self.go_on, self.sent, self.came = asyncio.Event(), list[Any](), False
        headers = [(b"content-type", kind.encode())]
        scope: Json = {"type": "http", "path": path, "headers": headers}
        scope |= {"state": {"request_id": "x"}}
        limit = AnsweringLimit(self._answer, answering)  # type: ignore[arg-type]
        self.task = asyncio.create_task(limit(scope, self.pieces.get, self._send))

    async def _answer(self, scope: Json, receive: Any, send: Any) -> None:
        self.came = True
        while (await receive())["more_body"]:
            pass
        await self.go_on.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.Event().wait()  # nobody takes the rest

    async def _send(self, message: Any) -> None:
        self.sent.append(message)

    async def body(self, more: bool = False) -> None:
        self.pieces.put_nowait({"type": "http.request", "body": b"x", "more_body": more})
        for _ in range(5):
            await asyncio.sleep(0)


def test_who_still_sends_or_only_takes_the_answer_keeps_nobody_out() -> None:
    async def main() -> None:
        answering = Answering(MOST)
        request = Request(answering)
        await request.body(more=True)
        assert (request.came, answering.under_way) == (True, 0)
        await request.body()
        assert answering.under_way == 1
        request.go_on.set()
        await asyncio.sleep(0.01)
        assert (len(request.sent), answering.under_way) == (1, 0)
        request.task.cancel()

    asyncio.run(main())


def test_who_leaves_gives_the_place_to_others() -> None:
    async def main() -> None:
        answering = Answering(MOST)
        request = Request(answering)
        await request.body()
        assert answering.under_way == 1
        request.task.cancel()
        await asyncio.wait([request.task])
        assert answering.under_way == 0

    asyncio.run(main())


@pytest.mark.parametrize(
    ("path", "kind", "taken"),
    [
        (PREDICT, "image/jpeg", False),
        ("/v2/models/cats/infer", "", False),
        (PREDICT, "application/x-ndjson", True),
        ("/v1/jobs", "", True),
    ],
)
def test_while_it_is_short_predictions_are_refused_before_they_are_read(
    path: str, kind: str, taken: bool
) -> None:
    async def main() -> None:
        answering = Answering(MOST)
        begun(answering, MOST + 1)
        request = Request(answering, path, kind)
        await request.body()
        assert request.came is taken
        if not taken:
            start = request.sent[0]
            assert start["status"] == 429
            assert b"retry-after" in dict(start["headers"])
        request.task.cancel()

    asyncio.run(main())
