"""Every route asked for the most that it answers, and sent the most that it takes."""

from collections.abc import Iterator
from typing import NamedTuple

from tests.siege.bounds import mib
from tests.siege.disks import HDF5
from tests.siege.measures import Growth, Siege
from tests.siege.rows import FEATURES, filled, texts
from tests.siege.wire import request

MIB = 2**20
# The promise: no request takes more than 4 times its body and 64 MiB.
BODY_FACTOR, GROWTH_BYTES = 4, 64 * MIB
JSON_BYTES, ROWS_BYTES, HEADLONG = 2**16, 2**14, "x" * 8_000
BINARY = "application/octet-stream"


class Question(NamedTuple):
    """A request, and how long its body is."""

    words: bytes
    body_bytes: int = 0

    @property
    def line(self) -> str:
        return self.words.split(b"\r\n", 1)[0][:80].decode()


def every_route(at: Siege, size: int) -> None:
    """Each route's worst, one after the other; bodies of at most so many MiB."""
    api = at.subject.pid("api")
    for asked in worst(at, size * MIB - JSON_BYTES):
        at.sends(asked.body_bytes)
        growth = Growth(api)
        answer = at.wire.ask(asked.words)
        grown, most = growth.most_bytes(), GROWTH_BYTES + BODY_FACTOR * asked.body_bytes
        at.expect(answer.status, f"no answer to {asked.line}")
        at.expect(grown <= most, f"{asked.line} took {mib(grown)} MiB; bound {mib(most)}")
        if grown > at.figures.get("most_bytes", 0):
            at.figures |= {"most_bytes": grown, "of": asked.line, "body_bytes": asked.body_bytes}


def worst(at: Siege, most_bytes: int) -> Iterator[Question]:
    """Requests for each route: what is long to answer, and what is long to read."""
    yield from (Question(request("GET", path)) for path in looks(at))
    yield Question(request("GET", "/livez", headers={"Origin": "http://[", "X-A": "x" * 30_000}))
    for path in actions(at):
        yield _sent(path, b"{" * JSON_BYTES)
    yield _sent("/v1/jobs", b'{"dataset":"%b"}' % (b"x" * (JSON_BYTES - 100)))
    for _ in range(3):
        yield _sent("/v1/models/wide/predict", narrow(ROWS_BYTES))
        yield _sent("/v1/models/wide/predict?top=1000", narrow(ROWS_BYTES))
    for path in ("/v1/predict", "/v1/models/small/predict", "/v1/models/small/versions/1/predict"):
        yield _sent(path, texts(most_bytes))
        yield _sent(path, pictures(most_bytes))
    yield _sent("/v1/models/wide/predict", narrow(most_bytes))
    yield _sent("/v1/datasets?name=rest", HDF5.ljust(most_bytes, b"\0"), BINARY)


def _sent(path: str, body: bytes, kind: str = "application/json") -> Question:
    return Question(request("POST", path, body, kind), len(body))


def looks(at: Siege) -> Iterator[str]:
    """Paths that are read, with their pages as long, and their ids as odd, as they may be."""
    job, dataset, wide = at.material.wide_job, at.material.wide_dataset, "/v1/models/wide"
    weights = f"/v1/models/{at.material.heavy_model}/versions/1/weights.safetensors"
    yield from (
        "/",
        "/livez",
        "/readyz",
        "/metrics",
        "/v1/limits",
        "/v1/usage",
        "/v1/retention",
        "/v1/schema/job",
        "/openapi.json",
        "/docs",
    )
    for collection in ("jobs", "datasets", "models", "webhooks"):
        yield from (f"/v1/{collection}?limit=200", f"/v1/{collection}?after={HEADLONG}")
        yield f"/v1/{collection}/{HEADLONG}"
    yield from (f"/v1/jobs/{job}{rest}" for rest in ("", "/metrics?limit=10000", "/evaluation"))
    yield from (f"/v1/jobs/{job}/events", f"/v1/jobs/{job}?wait=1", f"/v1/datasets/{dataset}")
    yield from (
        f"/v1/datasets/{dataset}/{rest}" for rest in ("versions", "split.csv", f"diff?to={dataset}")
    )
    for view in ("preview.png", "preview.png?rows=240", "statistics", "rows/0", "rows/0.png"):
        yield f"/v1/datasets/{dataset}/{view}"
    yield from (wide, f"{wide}/versions/1", f"{wide}/versions/1/evaluation", weights)
    yield f"{wide}/versions/{'9' * 300}"


def actions(at: Siege) -> Iterator[str]:
    """Paths that are told to do something, of whatever body."""
    job, dataset = at.material.wide_job, at.material.wide_dataset
    yield from (f"/v1/jobs/{job}/{verb}" for verb in ("cancel", "stop", "pause", "resume"))
    yield f"/v1/datasets/{dataset}/versions"
    yield from (f"/v1/datasets/{dataset}/cancel", f"/v1/webhooks/{HEADLONG}/replay")


def narrow(size: int) -> bytes:
    """Rows of three numbers, as many as fit."""
    return filled(b'{"rows":[[0,0,0]', b",[0,0,0]", b"]}", size)


def pictures(size: int) -> bytes:
    """Rows of zeros for pictures, as many as fit."""
    row = b"[" + b"0," * (FEATURES - 1) + b"0]"
    return filled(b'{"rows":[' + row, b"," + row, b"]}", size)
