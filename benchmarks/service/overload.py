"""How long callers wait who are answered while four times as many ask as can be.

One API process, and the process that decodes for it, on one core, asked from the other: by one
kept connection, which tells how long an answer takes alone; by sixteen, which tell how many a
second there can be; then by four times so many a second, which come by chance, whether or not those
before them were answered. Needs two cores.
"""

import json
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import setting
from benchmarks.running_service import Service
from benchmarks.service.one_core import MODEL, asked, keep_to_a_core, path_of, photo, publish
from worker.data.preprocessing import Preprocessing
from worker.jsontypes import Json
from worker.store.store import Store

CONNECTIONS, TIMES, SECONDS = 16, 4, 5.0
BOUND = 3.0  # p99 under load, in those of the service when one asks alone
LARGE, LARGE_LAYERS = "large", (16, 3_500, 3_500, 1)


def main() -> int:
    given = setting.arguments(__doc__ or "", rounds=3).parse_args()
    rounds, seconds = (1, 0.5) if given.quick else (given.rounds, SECONDS)
    keep_to_a_core()
    with tempfile.TemporaryDirectory() as folder, Service(1) as service:
        publish(store := Store(service.folder))
        publish(store, LARGE, LARGE_LAYERS, Preprocessing(kind="table"))
        bodies = {
            "JPEG of 20 KB": (MODEL, photo(Path(folder), "20 KB")),
            "a row of 12,288 numbers": (MODEL, row(Path(folder), 12_288)),
            "a row of 16 numbers, a network of 49 MB": (LARGE, row(Path(folder), 16)),
        }
        port = service.http.base_url.port or 0
        with setting.Strangers() as strangers:
            found = {
                name: measured(name, port, path_of(model), body, rounds, seconds)
                for name, (model, body) in bodies.items()
            }
    if not given.quick:
        about = {"seconds": seconds, "cores_that_others_used": strangers.cores, "asked": found}
        setting.save("overload", about)
    return int(max(each["times"] for each in found.values()) > BOUND and not given.quick)


def row(folder: Path, numbers: int) -> Path:
    path = folder / f"{numbers}.json"
    values = np.random.default_rng(1).integers(0, 256, numbers).tolist()
    path.write_text(json.dumps({"rows": [values]}))
    return path


def measured(name: str, port: int, path: str, body: Path, rounds: int, seconds: float) -> Json:
    """What was seen in every round, and how many times as long the slowest wait under load."""
    found = [looked(port, path, body, seconds) for _ in range(rounds)]
    times = statistics.median(each["p99_ms"] / each["alone_p99_ms"] for each in found)
    last = found[-1]
    print(
        f"{name}: alone p99 {last['alone_p99_ms']:.1f} ms; {last['capacity']:.0f} answers/s; asked "
        f"for {last['asked_for']:.0f}/s: {last['answers_per_s']:.0f} answers/s with p99 "
        f"{last['p99_ms']:.1f} ms, {last['refused']}, sent {last['late_p99_ms']:.1f} ms late; p99 "
        f"{times:.2f} times",
        flush=True,
    )
    return {"times": times, "rounds": found}


def looked(port: int, path: str, body: Path, seconds: float) -> Json:
    alone = asked(port, path, body, seconds, connections=1)["milliseconds"]
    most = asked(port, path, body, seconds, connections=CONNECTIONS)["milliseconds"]
    rate = TIMES * len(most) / seconds
    under = asked(port, path, body, seconds, rate=rate)
    good = under["milliseconds"]
    return {
        "alone_ms": statistics.median(alone),
        "alone_p99_ms": p99(alone),
        "capacity": len(most) / seconds,
        "asked_for": rate,
        "answers_per_s": len(good) / seconds,
        "median_ms": statistics.median(good),
        "p99_ms": p99(good),
        "refused": under["refused"],
        "late_p99_ms": p99(under["late"]),
        "connections": under["connections"],
    }


def p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


if __name__ == "__main__":
    sys.exit(main())
