"""How many pictures a second one API process on one core answers, beside a bare route on the same
core that decodes and computes the same on the spot.

Kept connections, 16 and 64, ask from the other core, with a JPEG of about 20 KB and one of about 90
KB. Service and route take turns, so that what else the machine does meets both. Needs two cores.
"""

import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import setting
from benchmarks.running_service import Service
from benchmarks.service.one_core import (
    MODEL,
    SIZES,
    answered,
    keep_to_a_core,
    path_of,
    photo,
    publish,
)
from worker.jsontypes import Json
from worker.store.store import Store

CONNECTIONS = (16, 64)
SECONDS, FLOOR = 3.0, 0.9


def main() -> int:
    asked = setting.arguments(__doc__ or "", rounds=5).parse_args()
    rounds, seconds = (1, 0.3) if asked.quick else (asked.rounds, SECONDS)
    keep_to_a_core()
    with tempfile.TemporaryDirectory() as folder, Service(1) as service:
        store = service.folder
        publish(Store(store))
        port = service.http.base_url.port or 0
        with bare_route(store) as bare, setting.Strangers() as strangers:
            subjects = {
                "service": (port, path_of()),
                "bare route": (bare, "/predict"),
            }
            found = {
                f"{size}, {connections} connections": measured(
                    subjects, photo(Path(folder), size), connections, rounds, seconds
                )
                for size in SIZES
                for connections in CONNECTIONS
            }
    if not asked.quick:
        about = {"seconds": seconds, "cores_that_others_used": strangers.cores, "asked": found}
        setting.save("picture_predictions", about)
    return int(min(each["share"] for each in found.values()) < FLOOR and not asked.quick)


@contextmanager
def bare_route(store: Path) -> Iterator[int]:
    """The peer: its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.fileno()
        command = [sys.executable, "-m", "benchmarks.service.bare_pictures", str(store), MODEL]
        process = subprocess.Popen(
            [*command, str(number)], pass_fds=[number], env=setting.environment(1), cwd=setting.ROOT
        )
        try:
            yield listener.getsockname()[1]
        finally:
            process.terminate()
            process.wait()


def measured(
    subjects: dict[str, tuple[int, str]], body: Path, connections: int, rounds: int, seconds: float
) -> Json:
    """The rate and the 99th percentile of each in every round, and the service's share."""
    rates: dict[str, list[float]] = {name: [] for name in subjects}
    tails: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, (port, path) in subjects.items():
            found = answered(port, path, body, connections, seconds)
            rates[name].append(len(found) / seconds)
            tails[name].append(statistics.quantiles(found, n=100)[98])
    share = statistics.median(rates["service"]) / statistics.median(rates["bare route"])
    told = ", ".join(
        f"{name} {statistics.median(rates[name]):.0f}/s with p99 "
        f"{statistics.median(tails[name]):.0f} ms" for name in subjects
    )  # fmt: skip
    print(
        f"{body.stat().st_size:,} bytes, {connections} connections: {told}: {share:.2f}", flush=True
    )
    about: Json = {"bytes": body.stat().st_size, "share": share}
    for name in subjects:
        about[name] = {
            "answers_per_s": setting.spread(rates[name]),
            "p99_ms": setting.spread(tails[name]),
        }
    return about


if __name__ == "__main__":
    sys.exit(main())
