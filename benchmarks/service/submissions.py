"""How long callers wait for a job to be accepted while many submit, and for a list of jobs.

Milliseconds as a client sees them; what is acknowledged is on disk and in Redis. Once each client
sends a job every second; once the next when the last one is answered, so that it is the machine
that decides. The workers are stopped meanwhile.
"""

import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from benchmarks import setting
from benchmarks.pictures import noise
from benchmarks.running_service import Service
from worker.jsontypes import Json

CLIENTS, EACH, LISTED = 50, 40, 10_000
SPEC = {"network": {"hidden_units": []}, "epochs": 1}
MOST_MS = {"submit": 50.0, "list": 100.0}  # at the 99th percentile


def main() -> int:
    asked = setting.arguments(__doc__ or "", rounds=200).parse_args()
    each, listed, looks = (2, 200, 5) if asked.quick else (EACH, LISTED, asked.rounds)
    with tempfile.TemporaryDirectory() as folder, Service(1) as service:
        spec = {**SPEC, "dataset": service.upload(noise(Path(folder)))}
        with service.workers_stopped():
            paced = together(service, spec, each, pause=1.0)
            pressed = together(service, spec, each, pause=0.0)
            fill(service, spec, listed - len(paced) - len(pressed))
            lists = [timed(service.http, "GET", "/v1/jobs?limit=100") for _ in range(looks)]
    found = {"submit": told("submit", paced), "list": told("list", lists)}
    found["submit_at_once"] = told("submit, one after the other", pressed)
    if not asked.quick:
        setting.save("submissions", {"clients": CLIENTS, "jobs": listed, **found})
    return 0 if all(found[name]["p99"] <= most for name, most in MOST_MS.items()) else 1


def together(service: Service, spec: Json, each: int, pause: float) -> list[float]:
    """Milliseconds of every submission, by all clients at once."""

    def client(number: int) -> list[float]:
        address, found = service.http.base_url, []
        with httpx.Client(base_url=address, timeout=60, trust_env=False) as http:
            timed(http, "GET", "/livez")  # the connection is there
            time.sleep(pause * number / CLIENTS)
            for _ in range(each):
                found.append(timed(http, "POST", "/v1/jobs", spec))
                time.sleep(max(0.0, pause - found[-1] / 1e3))
        return found

    with ThreadPoolExecutor(CLIENTS) as pool:
        return [ms for one in pool.map(client, range(CLIENTS)) for ms in one]


def fill(service: Service, spec: Json, count: int) -> None:
    for _ in range(count):
        service.submit(spec)


def timed(http: httpx.Client, method: str, path: str, body: Json | None = None) -> float:
    began = time.perf_counter()
    http.request(method, path, json=body).raise_for_status()
    return 1e3 * (time.perf_counter() - began)


def told(name: str, values: list[float]) -> Json:
    cuts = statistics.quantiles(values, n=100)
    found = {"count": len(values), "median": cuts[49], "p95": cuts[94], "p99": cuts[98]}
    print(f"{name}: " + ", ".join(f"{key} {value:.1f}" for key, value in found.items()), flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
