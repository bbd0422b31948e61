"""How long rows take over the Open Inference Protocol in binary, beside the same rows in our JSON.

One client on a kept connection, one API process, the classic four layers on 64 x 64 pixels: turn by
turn, so that what else the machine does meets all. Milliseconds as the client sees them, bodies
made before; and beside them the processor time that the API needs for each request, which others
on the machine change less. Rows are asked many at a time, and one at a time.
"""

import json
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

import httpx
import numpy as np
from numpy.typing import NDArray

from benchmarks import setting
from benchmarks.running_service import Service
from service.inference_protocol.envelope import LENGTH
from worker.data.preprocessing import Preprocessing
from worker.jsontypes import Json
from worker.store.store import Store

WIDTHS = 12_288, 20, 7, 5, 1
CLASSES = ["other", "cat"]
ROWS = {256: 1, 16: 10, 1: 50}  # and how often each is asked in a round
FLOOR = 4.0  # times as fast as JSON, 256 rows at a time
DTYPES = {"FP32": "<f4", "UINT8": "u1"}


class Subject(NamedTuple):
    """What is asked, and what was seen: seconds for each request of a round, of both kinds."""

    path: str
    body: bytes
    headers: dict[str, str]
    seconds: list[float]
    processor: list[float]


def main() -> int:
    asked = setting.arguments(__doc__ or "", rounds=15).parse_args()
    rounds = 2 if asked.quick else asked.rounds
    with Service(1) as service:
        publish(Store(service.folder))
        with setting.Strangers() as strangers:
            found = {rows: measured(service, rows, count, rounds) for rows, count in ROWS.items()}
    print(f"others used {strangers.cores} cores")
    if not asked.quick:
        about: Json = {"cores_that_others_used": strangers.cores, "rows": found}
        setting.save("inference_protocol", about)
    least = min(found[256][name]["times_as_fast"] for name in DTYPES)
    return int(least < FLOOR and not asked.quick)


def publish(store: Store) -> None:
    """Put a model of the classic shape into the store; what it has learned does not matter here."""
    random, tensors = np.random.default_rng(1), dict[str, NDArray[np.float32]]()
    for layer, (n_in, n_out) in enumerate(pairwise(WIDTHS), 1):
        scale = n_in**-0.5 / (255 if layer == 1 else 1)
        tensors[f"W{layer}"] = random.normal(scale=scale, size=(n_in, n_out)).astype("float32")
        tensors[f"b{layer}"] = np.zeros(n_out, "float32")
    how = Preprocessing()
    about = {
        "job": "job_0", "created_at": "2026-01-01T00:00:00Z", "classes": CLASSES,
        "shape": list(how.shape), "preprocessing": how.as_dict(),
        "spec": {"network": {"activation": "relu"}},
        "dataset": {"id": "ds_0", "digest": "sha256:0"}, "result": {}, "fold_difference": 0.0,
    }  # fmt: skip
    store.models.publish("classic", 1, tensors, about, {})


def subjects(rows: int) -> dict[str, Subject]:
    """The same rows in JSON, and in both datatypes."""
    x = np.random.default_rng(rows).integers(0, 256, (rows, WIDTHS[0]))
    said = json.dumps({"rows": x.tolist()}, separators=(",", ":")).encode()
    kind = {"Content-Type": "application/json"}
    found = {"JSON": Subject("/v1/models/classic/predict", said, kind, [], [])}
    for datatype, dtype in DTYPES.items():
        tail = x.astype(dtype).tobytes()
        size = {"binary_data_size": len(tail)}
        tensor = {"name": "x", "shape": x.shape, "datatype": datatype, "parameters": size}
        head = {"inputs": [tensor], "parameters": {"binary_data_output": True}}
        text = json.dumps(head).encode()
        headers = {LENGTH: str(len(text))}
        found[datatype] = Subject("/v2/models/classic/infer", text + tail, headers, [], [])
    return found


def measured(service: Service, rows: int, count: int, rounds: int) -> Json:
    """Ask all of them in every round, each so many times; what they took, and the ratios."""
    found, api = subjects(rows), service.process("api")
    for subject in found.values():
        ask(service.http, subject, 2)
    for _ in range(rounds):
        for subject in found.values():
            used, began = setting.processor_seconds(api), time.perf_counter()
            ask(service.http, subject, count)
            subject.seconds.append((time.perf_counter() - began) / count)
            subject.processor.append((setting.processor_seconds(api) - used) / count)
    return {name: told(name, rows, subject, found["JSON"]) for name, subject in found.items()}


def ask(http: httpx.Client, subject: Subject, count: int) -> None:
    for _ in range(count):
        http.post(subject.path, content=subject.body, headers=subject.headers).raise_for_status()


def told(name: str, rows: int, subject: Subject, plain: Subject) -> Json:
    """What was seen of one, and how many times as fast as JSON: the median over the rounds."""
    pairs = zip(plain.seconds, subject.seconds, strict=True)
    faster = [slow / quick for slow, quick in pairs]
    work = sum(plain.processor) / max(sum(subject.processor), 1e-9)
    print(
        f"{rows:4} rows, {name:5}: {spoken(subject.seconds)} ms, {median(faster):.2f} times as "
        f"fast, {work:.2f} times as little processor",
        flush=True,
    )
    return {
        "bytes": len(subject.body),
        "seconds": setting.spread(subject.seconds),
        "processor_seconds": setting.spread(subject.processor),
        "times_as_fast": median(faster),
        "times_as_little_processor": work,
    }


def spoken(seconds: Sequence[float]) -> str:
    spread = setting.spread([1e3 * each for each in seconds])
    low, high = spread["quartiles"]
    return f"{spread['median']:.1f} ({low:.1f} to {high:.1f})"


if __name__ == "__main__":
    sys.exit(main())
