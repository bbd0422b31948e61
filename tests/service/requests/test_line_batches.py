"""Lines as they come out of pieces of a body, and what is held of it meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from service.middleware.limits import HeldBodies
from service.requests import lines
from service.requests.lines import Line, Lines
from service.responses import prediction_lines
from service.responses.prediction_lines import patiently
from worker.errors import BackboneUnavailable, LimitExceeded, TooBusy, WorkerError


class Held(HeldBodies):
    """Remembers the most that was ever held."""

    most = 0

    def hold(self, size: int, came: int) -> None:
        super().hold(size, came)
        self.most = max(self.most, self.bytes)


async def one_by_one(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def read(pieces: Iterable[bytes], most: int = 100, bodies: HeldBodies | None = None) -> list[Line]:
    async def all_of() -> list[Line]:
        batches = Lines(one_by_one(pieces), most, bodies or HeldBodies(10**9)).batches()
        return [line async for batch in batches for line in batch]

    return asyncio.run(all_of())


@given(st.lists(st.sampled_from([b"a", b"\n", b"bc\nd", b" \n", b"\n\n", b"x" * 9, b""])))
def test_pieces_of_any_size_are_the_same_lines(pieces: list[bytes]) -> None:
    found = [(line.number, line.text) for line in read(pieces, most=8) if line.text]
    expected = [
        (number, text)
        for number, text in enumerate(b"".join(pieces).split(b"\n"), 1)
        if text.strip()
    ]
    assert len(found) == len(expected)
    for (number, text), (own, whole) in zip(found, expected, strict=True):
        assert number == own
        assert isinstance(text, LimitExceeded) if len(whole) > 8 else text == whole


def test_no_more_is_held_than_a_line_and_a_piece() -> None:
    bodies = Held(10**9)
    pieces = [b"y" * 3_000, b"z\n" * 1_500] * 20
    assert len(read(pieces, most=5_000, bodies=bodies)) == 20 * 1_500
    assert 6_000 <= bodies.most <= 6_001
    assert bodies.bytes == 0
    endless = read([b"y" * 3_000] * 1_000, most=5_000, bodies=bodies)
    assert [type(line.text) for line in endless] == [LimitExceeded]
    assert bodies.most <= 8_000


def test_few_lines_are_handed_on_together() -> None:
    async def sizes() -> list[int]:
        batches = Lines(one_by_one([b"1\n" * 1_000]), 100, HeldBodies(10**9)).batches()
        return [len(batch) async for batch in batches]

    assert asyncio.run(sizes()) == [lines.BATCH] * 3 + [1_000 - 3 * lines.BATCH]


def test_where_others_hold_all_that_may_be_held_nothing_is_left_counted() -> None:
    bodies = HeldBodies(100)
    bodies.hold(90, 90)
    with pytest.raises(HTTPException):
        read([b"x" * 20], bodies=bodies)
    assert bodies.bytes == 90


@pytest.mark.parametrize(
    ("errors", "found"),
    [
        ([], ["made"]),
        ([TooBusy("Full.")] * 3, ["made"]),
        ([TooBusy("Full.")] * 1_000, [TooBusy, TooBusy]),
        ([BackboneUnavailable("Gone.")], [BackboneUnavailable, BackboneUnavailable]),
    ],
)
def test_a_full_queue_is_waited_for_as_long_as_that_helps(
    monkeypatch: pytest.MonkeyPatch, errors: list[WorkerError], found: list[object]
) -> None:
    monkeypatch.setattr(prediction_lines, "BUSY_S", 0.1)
    monkeypatch.setattr(prediction_lines, "AGAIN_S", 0.001)
    waiting = iter(errors)

    async def ask() -> list[str | WorkerError]:
        if (error := next(waiting, None)) is not None:
            raise error
        return ["made"]

    answered = asyncio.run(patiently(ask, 2))
    assert [each if isinstance(each, str) else type(each) for each in answered] == found
