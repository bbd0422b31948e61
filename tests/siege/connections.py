"""Connections that do not get on: senders of halves, readers of nothing, very many of either."""

import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from tests.siege.measures import Siege
from tests.siege.processes import descriptors
from tests.siege.wire import request

HALF_HEAD = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Half: "
HALF_BODY = request("POST", "/v1/jobs", b"x" * 1000)[:-500]
LIVEZ = request("GET", "/livez")
RECEIVE_BYTES = 4096
LOOK_S, KEPT_S = 1.0, 10.0  # for which they are held: in the ordinary suite, and at full size
ENDED_S = 45.0  # in which the service must have ended what does not get on
SPARE_DESCRIPTORS = (
    48  # that the API may have beside those before: of Redis, the onlooker, decoders
)
AGAIN_S = 20.0  # in which others must be served beside it


def half_heads(at: Siege, size: int) -> None:
    """So many connections on which a head has begun, and no more comes."""
    with at.wire.many(size, HALF_HEAD):
        _held(at)


def half_bodies(at: Siege, size: int) -> None:
    """So many on which half of a body has come, and no more comes."""
    with at.wire.many(size, HALF_BODY):
        served_again(at)
        _held(at)


def kept(at: Siege, size: int) -> None:
    """So many that were answered once and are kept for nothing."""
    with at.wire.many(size, LIVEZ):
        _held(at, ends=False)


def slow_senders(at: Siege, size: int) -> None:
    """So many that send a byte a second: half of them of a head, the others of a body."""
    halves = [(size // 2, HALF_HEAD), (size - size // 2, HALF_BODY)]
    with at.wire.many(*halves[0]) as heads, at.wire.many(*halves[1]) as bodies:
        _held(at, meanwhile=lambda: _send_a_byte([*heads, *bodies]))
        if at.whole:
            served_again(at)


def _send_a_byte(clients: Sequence[socket.socket]) -> None:
    began = time.monotonic()
    for client in clients:
        with suppress(OSError):
            client.send(b"x")
    time.sleep(max(0.0, began + 1 - time.monotonic()))


def reads_nothing_of(path: str, *, fits: bool = False) -> Callable[[Siege, int], None]:
    """The attack of so many clients who ask for this and take none of it; what fits into the
    system's buffers does not wait for them."""

    def attack(at: Siege, size: int) -> None:
        material = at.material
        found = path.format(job=material.job, wide=material.wide_job, heavy=material.heavy_model)
        with at.wire.many(size, request("GET", found), RECEIVE_BYTES):
            _held(at, ends=not fits)

    return attack


def reads_no_prediction(at: Siege, size: int) -> None:
    """So many clients who ask for predictions that are megabytes, and take none of them."""
    assert at.material.wide_job
    body = b'{"rows":[[0,0,0]' + b",[0,0,0]" * 2_000 + b"]}"
    words = request("POST", "/v1/models/wide/predict", body)
    with at.wire.many(size, words, RECEIVE_BYTES):
        at.sends(size * len(body))
        _held(at, ends=False)  # to work them out takes longer than that


def served_again(at: Siege) -> None:
    """Others must be served, and not only be told that all is well."""
    ask = request("POST", "/v1/models/small/predict", at.material.picture, "image/png")
    at.figures["served_after_s"] = round(
        at.eventually(lambda: at.wire.ask(ask).status == 200, AGAIN_S, "nobody else was served"), 1
    )


def _held(
    at: Siege, *, ends: bool = True, meanwhile: Callable[[], None] = lambda: time.sleep(0.2)
) -> None:
    """Hold on until the service has ended all of them; or a while, where it may keep them or not
    all is done."""
    api, began = at.subject.pid("api"), time.monotonic()
    at.figures["most_open"] = left = descriptors(api)
    awaited = at.whole and ends
    while time.monotonic() - began < (ENDED_S if awaited else at.whole * KEPT_S or LOOK_S):
        meanwhile()
        left = descriptors(api)
        if awaited and left < at.open_before + SPARE_DESCRIPTORS:
            break
    at.figures["held_s"] = round(time.monotonic() - began, 1)
    if awaited:
        most = at.open_before + SPARE_DESCRIPTORS
        at.expect(left < most, f"{left} descriptors were open after {ENDED_S:g} s")
