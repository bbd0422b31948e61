"""Requests of few bytes that are much work for whoever reads them."""

import json
from collections.abc import Iterator, Sequence

from tests.siege.measures import Siege
from tests.siege.wire import HEAD_END, Answer, request

FULL_JSON = 64 * 1024 - 64  # of a body for a job
BOUNDARY = "cats"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
PART = b'--cats\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
REFUSED = range(400, 500)


def specs() -> Iterator[bytes]:
    """Bodies for a job, as long as they may be."""
    names = [f'"{number:x}":1' for number in range(9_000)]
    twins = ",".join([*names, names[-1]])[-FULL_JSON:]
    yield b"{%b}" % twins[twins.index('"') :].encode()
    yield b'{"network":{"hidden_units":[%b]}}' % b",".join([b'"a"'] * (FULL_JSON // 4 - 20))
    yield b'{"network":{"hidden_units":[%b]}}' % b",".join([b"1"] * (FULL_JSON // 2 - 40))
    yield b"[" * FULL_JSON
    yield b'{"a":' * (FULL_JSON // 5)
    yield b'{"seed":%b}' % (b"9" * (FULL_JSON - 20))
    yield b'{"seed":1%b}' % (b"e9" * 2)
    yield json.dumps({f"{number:x}": None for number in range(5_500)}).encode()[:FULL_JSON]
    yield json.dumps("\u0000" * (FULL_JSON // 6 - 1)).encode()


def long_specs(at: Siege, size: int) -> None:
    """Specs that are wrong in thousands of places, so many of each at once."""
    for body in specs():
        at.sends(size * len(body))
        _refused(at, at.wire.at_once([request("POST", "/v1/jobs", body)] * size))


def long_heads(at: Siege, size: int) -> None:
    """Heads of very many lines, parameters, options or percent signs, so many of each at once."""
    query = "&".join(f"{number:x}" for number in range(6_000))[:30_000]
    lines = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n" + b"a:\r\n" * 60_000 + b"\r\n"
    heads = [
        lines,
        request("GET", f"/v1/limits?{query}"),
        request("GET", "/v1/limits/" + "%" * 30_000),
        request("POST", "/v1/datasets", b"x", FORM + ";" * 30_000),
        request("POST", "/v1/models/small/predict", b"x", FORM + ";" * 30_000),
    ]
    for words in heads:
        _refused(at, at.wire.at_once([words] * size))


def small_chunks(at: Siege, size: int) -> None:
    """Bodies that come a byte at a time within whole packets, so many at once."""
    head = request("POST", "/v1/models/small/predict").replace(
        b"Content-Length: 0", b"Transfer-Encoding: chunked"
    )
    words = head + b"1\r\n[\r\n" * 200_000 + b"0\r\n\r\n"
    at.sends(size * 200_000)
    _refused(at, at.wire.at_once([words] * size))


def near_boundaries(at: Siege, size: int) -> None:
    """Forms of nothing but what might become a boundary, so many at once."""
    for piece in (b"\r", b"\r\n--cat", b"\n-"):
        body = PART + piece * (2**20 // len(piece)) + b"\r\n--cats--\r\n"
        at.sends(size * len(body))
        _refused(
            at, at.wire.at_once([request("POST", "/v1/models/small/predict", body, FORM)] * size)
        )


def long_parts(at: Siege, size: int) -> None:
    """Forms of which a part's head does not end, or that have thousands of parts."""
    heads = [
        b"--cats\r\nContent-Disposition: " + b"x" * 2**20,
        b"--cats\r\n" + b"x: y\r\n" * (2**20 // 6),
        PART.replace(HEAD_END, b"") * (2**20 // len(PART)),
        (PART + b"\r\n") * (2**20 // len(PART)) + b"--cats--\r\n",
    ]
    for path in ("/v1/models/small/predict", "/v1/datasets"):
        for body in heads:
            at.sends(size * len(body))
            _refused(at, at.wire.at_once([request("POST", path, body, FORM)] * size))


def _refused(at: Siege, answers: Sequence[Answer]) -> None:
    for answer in answers:
        at.expect(
            answer.status in REFUSED, f"it was answered by {answer.status} {answer.body!r:.200}"
        )
    slowest = max(answer.seconds for answer in answers)
    at.figures["longest_s"] = max(at.figures.get("longest_s", 0.0), round(slowest, 1))
