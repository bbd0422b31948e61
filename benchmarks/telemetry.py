"""What being seen costs: a request, and a scrape with no jobs and with ten thousand that wait.

    python -m benchmarks.telemetry

Times are those of the processor, so that others on the machine disturb them least.
"""

import shutil
import statistics
import tempfile
import time
import timeit
from collections.abc import Callable
from pathlib import Path

import redis

from service.app import create_app
from service.launcher.valkey import Valkey
from service.settings import ServiceSettings
from service.telemetry.telemetry import Telemetry
from worker.jobs.record import new_id
from worker.jobs.redis_connection import connect
from worker.jobs.transitions import open_records

JOBS, REQUESTS, SCRAPES = 10_000, 20_000, 50


def request_us(telemetry: Telemetry) -> float:
    """Microseconds for what is noted of one request, one that was refused."""
    state = {"problem": "job_not_found", "route": "/v1/jobs/{job_id}"}
    scope = {"method": "GET", "query_string": b"", "state": state}

    def one() -> None:
        telemetry.requests.begin()
        telemetry.requests.end(scope, 404, 0.004)

    turns = timeit.repeat(one, number=REQUESTS, repeat=9, timer=time.thread_time)
    return min(turns) / REQUESTS * 1e6


def scrape_ms(telemetry: Telemetry, timer: Callable[[], float]) -> float:
    """Milliseconds for one scrape."""
    turns = timeit.repeat(lambda: telemetry.exposition(""), number=1, repeat=SCRAPES, timer=timer)
    return statistics.median(turns) * 1e3


def fill(client: redis.Redis) -> None:
    records = open_records(client)["job"]
    for number in range(JOBS):
        records.create(new_id("job"), {"device": ("auto", "cpu", "gpu")[number % 3]})


def show(telemetry: Telemetry, jobs: int) -> None:
    body, _ = telemetry.exposition("")
    lines = [line for line in body.splitlines() if not line.startswith(b"#")]
    computed, took = (scrape_ms(telemetry, t) for t in (time.thread_time, time.perf_counter))
    print(
        f"{jobs:6,} jobs: {len(lines)} numbers, {len(body):,} bytes, "
        f"{computed:.1f} ms of the processor, {took:.1f} ms in all"
    )


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="purr-", dir="/tmp"))
    valkey = Valkey(folder / "redis", folder / "valkey.log")
    valkey.start()
    try:
        settings = ServiceSettings(redis_url=valkey.url, data_dir=folder)
        telemetry: Telemetry = create_app(settings).state.telemetry
        print(f"a request: {request_us(telemetry):.1f} µs of the processor")
        show(telemetry, 0)
        fill(connect(valkey.url))
        show(telemetry, JOBS)
    finally:
        valkey.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
