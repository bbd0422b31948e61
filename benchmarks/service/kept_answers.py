"""What it costs a prediction to carry an id by which it can be judged later: two services side by
side, one of which keeps its answers, are asked in turns over a kept connection.

Seconds of the processor are those of the whole API process, its other threads among them.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable

import httpx

from benchmarks import setting
from benchmarks.running_service import Service
from benchmarks.service.one_core import MODEL, publish
from benchmarks.service.serving import PNG, body
from worker.data.preprocessing import Preprocessing
from worker.jsontypes import Json
from worker.store.store import Store

TABLE = Preprocessing(kind="table")
TURN = 50  # requests, after which the other one is asked
ASKED: dict[str, tuple[Callable[[httpx.Client], httpx.Response], int]] = {
    "PNG, 64 x 64": (body(PNG, "image/png", MODEL), 1),
    "256 rows of 3": (
        body(b'{"rows": [%s]}' % b",".join([b"[1, 2, 3]"] * 256), "application/json", "numbers"),
        256,
    ),
}


def main() -> int:
    asked = setting.arguments(__doc__ or "", rounds=40).parse_args()
    turns = 2 if asked.quick else asked.rounds
    with Service(1) as plain, Service(1, keep_answers_days=1) as keeping:
        for service in (plain, keeping):
            store = Store(service.folder)
            publish(store)
            publish(store, "numbers", (3, 20, 1), TABLE)
        found = {name: measured(plain, keeping, *ask, turns) for name, ask in ASKED.items()}
    if not asked.quick:
        setting.save("kept_answers", {"requests": turns * TURN, "asked": found})
    return 0


def measured(
    plain: Service,
    keeping: Service,
    ask: Callable[[httpx.Client], httpx.Response],
    predictions: int,
    turns: int,
) -> Json:
    """The milliseconds and the processor's microseconds of a request, without ids and with them."""
    both = {"without": plain, "with": keeping}
    took: dict[str, list[float]] = {name: [] for name in both}
    used = dict.fromkeys(both, 0.0)
    for turn in range(turns + 1):  # the first of which only warms up
        for name, service in both.items():
            began = processor_s(service)
            times = [timed(service.http, ask) for _ in range(TURN)]
            if turn:
                used[name] += processor_s(service) - began
                took[name] += times
    found: Json = {"predictions": predictions}
    for name in both:
        median = 1000 * statistics.median(took[name])
        processor = 1e6 * used[name] / len(took[name])
        found[name] = {"median_ms": median, "processor_us": processor}
        print(f"{name:8}: {median:.3f} ms, {processor:.0f} us of the processor")
    return found


def timed(http: httpx.Client, ask: Callable[[httpx.Client], httpx.Response]) -> float:
    began = time.perf_counter()
    ask(http).raise_for_status()
    return time.perf_counter() - began


def processor_s(service: Service) -> float:
    """What the API process has used so far."""
    with open(f"/proc/{service.process('api')}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
