"""What being seen costs: a request, and a scrape with no jobs and with ten thousand that wait.

Times are those of the processor, so that others on the machine disturb them least.
"""

import shutil
import statistics
import sys
import tempfile
import time
import timeit
from collections.abc import Callable
from pathlib import Path

import redis

from benchmarks import setting
from service.app import create_app
from service.launcher.valkey import Valkey
from service.settings import ServiceSettings
from service.telemetry.telemetry import Telemetry
from worker.jobs.record import new_id
from worker.jobs.redis_connection import connect
from worker.jobs.transitions import open_records
from worker.jsontypes import Json

JOBS, REQUESTS, REPEATS = 10_000, 20_000, 9


def main() -> int:
    asked = setting.arguments(__doc__ or "", rounds=50).parse_args()
    jobs, scrapes = (100, 3) if asked.quick else (JOBS, asked.rounds)
    folder = Path(tempfile.mkdtemp(prefix="purr-", dir="/tmp"))
    valkey = Valkey(folder / "redis", folder / "valkey.log")
    valkey.start()
    try:
        settings = ServiceSettings(redis_url=valkey.url, data_dir=folder)
        telemetry: Telemetry = create_app(settings).state.telemetry
        cost = request_us(telemetry)
        print(f"a request: {cost:.1f} µs of the processor")
        found = [scraped(telemetry, 0, scrapes)]
        fill(connect(valkey.url), jobs)
        found.append(scraped(telemetry, jobs, scrapes))
    finally:
        valkey.stop()
        shutil.rmtree(folder, ignore_errors=True)
    if not asked.quick:
        setting.save("telemetry", {"request_us": cost, "scrapes": found})
    return 0


def request_us(telemetry: Telemetry) -> float:
    """Microseconds for what is noted of one request, one that was refused."""
    state = {"problem": "job_not_found", "route": "/v1/jobs/{job_id}"}
    scope = {"method": "GET", "query_string": b"", "state": state}

    def one() -> None:
        telemetry.requests.begin()
        telemetry.requests.end(scope, 404, 0.004)

    turns = timeit.repeat(one, number=REQUESTS, repeat=REPEATS, timer=time.thread_time)
    return min(turns) / REQUESTS * 1e6


def fill(client: redis.Redis, jobs: int) -> None:
    records = open_records(client)["job"]
    for number in range(jobs):
        records.create(new_id("job"), {"device": ("auto", "cpu", "gpu")[number % 3]})


def scraped(telemetry: Telemetry, jobs: int, scrapes: int) -> Json:
    """What one scrape gives and costs, while so many jobs wait."""
    body, _ = telemetry.exposition("")
    numbers = sum(not line.startswith(b"#") for line in body.splitlines())
    computed, took = (
        scrape_ms(telemetry, timer, scrapes) for timer in (time.thread_time, time.perf_counter)
    )
    print(
        f"{jobs:6,} jobs: {numbers} numbers, {len(body):,} bytes, "
        f"{computed:.1f} ms of the processor, {took:.1f} ms in all"
    )
    return {
        "jobs": jobs,
        "numbers": numbers,
        "bytes": len(body),
        "processor_ms": computed,
        "ms": took,
    }


def scrape_ms(telemetry: Telemetry, timer: Callable[[], float], scrapes: int) -> float:
    """The median of so many scrapes, in milliseconds."""
    turns = timeit.repeat(lambda: telemetry.exposition(""), number=1, repeat=scrapes, timer=timer)
    return statistics.median(turns) * 1e3


if __name__ == "__main__":
    sys.exit(main())
