"""How much of all requests is held, told by an application that reads them."""

import asyncio
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from service.middleware.limits import HeldBodies, RequestLimit
from service.settings import ServiceSettings
from worker.jsontypes import Json


class Body:
    """A body that comes when it is told to."""

    def __init__(self) -> None:
        self.pieces: asyncio.Queue[Json] = asyncio.Queue()

    def send(self, size: int, more: bool = True) -> None:
        self.pieces.put_nowait({"type": "http.request", "body": bytes(size), "more_body": more})


def limit(bodies: HeldBodies | None = None, **changed: Any) -> tuple[RequestLimit, list[int]]:
    done: list[int] = []

    async def reads(scope: Json, receive: Any, send: Any) -> None:
        size = 0
        while (message := await receive())["more_body"]:
            size += len(message["body"])
        done.append(size + len(message["body"]))

    values: Json = {"redis_url": "unix:///nowhere", "max_bodies_bytes": 1000, **changed}
    settings = ServiceSettings(**values)
    bodies = bodies or HeldBodies(settings.max_bodies_bytes)
    return RequestLimit(reads, settings, bodies), done  # type: ignore[arg-type]


def begin(app: RequestLimit, body: Body, path: str = "/v1/predict") -> "asyncio.Task[None]":
    scope: Json = {"type": "http", "path": path, "headers": [], "state": {"request_id": "x"}}
    scope |= {"raw_path": path.encode(), "query_string": b""}

    async def send(message: Any) -> None:
        raise AssertionError("nothing is answered here")

    return asyncio.create_task(app(scope, body.pieces.get, send))


async def turn() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_bodies_that_are_held_are_bounded_together() -> None:
    async def main() -> None:
        app, done = limit()
        first, second = Body(), Body()
        tasks = [begin(app, first), begin(app, second)]
        first.send(600)
        await turn()
        second.send(600)
        with pytest.raises(HTTPException) as refusal:
            await tasks[1]
        assert refusal.value.status_code == 429
        first.send(100, more=False)
        await tasks[0]
        assert done == [700]
        third = Body()
        third.send(900, more=False)
        await begin(app, third)
        assert done == [700, 900]

    asyncio.run(main())


def test_what_is_held_is_known_until_the_request_ends() -> None:
    async def main() -> None:
        bodies = HeldBodies(1000)
        app, _ = limit(bodies)
        body, other = Body(), Body()
        tasks = [begin(app, body), begin(app, other)]
        body.send(600)
        other.send(300)
        await turn()
        assert bodies.bytes == 900
        body.send(0, more=False)
        await tasks[0]
        assert bodies.bytes == 300
        refused = Body()
        refused.send(900)
        with pytest.raises(HTTPException):
            await begin(app, refused)
        assert bodies.bytes == 300
        other.send(0, more=False)
        await tasks[1]
        assert bodies.bytes == 0

    asyncio.run(main())


def test_where_large_ones_hold_all_that_they_may_small_ones_find_room() -> None:
    mib = 2**20
    bodies = HeldBodies(32 * mib)
    bodies.hold(28 * mib, 28 * mib)
    with pytest.raises(HTTPException) as refusal:
        bodies.hold(3 * mib, 3 * mib)
    assert (refusal.value.status_code, f"{30 * mib:,}" in refusal.value.detail) == (429, True)
    bodies.release(3 * mib)
    for _ in range(4):
        bodies.hold(mib, mib)
    with pytest.raises(HTTPException) as refusal:
        bodies.hold(mib, mib)
    assert f"{32 * mib:,}" in refusal.value.detail


def test_one_alone_always_fits() -> None:
    async def main() -> None:
        app, done = limit()
        body = Body()
        body.send(5000, more=False)
        await begin(app, body)
        assert done == [5000]

    asyncio.run(main())


def test_what_is_not_held_does_not_count() -> None:
    async def main() -> None:
        app, done = limit()
        bodies = [Body() for _ in range(3)]
        tasks = [begin(app, body, "/v1/datasets") for body in bodies]
        for body in bodies:
            body.send(900)
        await turn()
        for body in bodies:
            body.send(0, more=False)
        await asyncio.gather(*tasks)
        assert done == [900] * 3

    asyncio.run(main())
