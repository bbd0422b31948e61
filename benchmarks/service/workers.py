"""Jobs per minute of one worker with one thread, and of as many workers as there are cores."""

import sys
import tempfile
import time
from pathlib import Path

from benchmarks import setting
from benchmarks.pictures import noise
from benchmarks.running_service import Service
from worker.system.machine import cores

JOBS = 8
SPEC = {"network": {"hidden_units": [64, 32]}, "batch_size": 32, "epochs": 200}
LEAST = 0.8  # of what each further worker could bring


def minutes(workers: int, jobs: int) -> float:
    """Until all jobs, sent at once, are done."""
    with tempfile.TemporaryDirectory() as folder, Service(1, workers=workers) as service:
        dataset = service.upload(noise(Path(folder)))
        service.finished(service.submit({**SPEC, "dataset": dataset, "epochs": 1})["id"])
        began = time.perf_counter()
        ids = [service.submit({**SPEC, "dataset": dataset})["id"] for _ in range(jobs)]
        for job in ids:
            service.finished(job)
        return (time.perf_counter() - began) / 60


def main() -> int:
    asked = setting.arguments(__doc__ or "", rounds=2).parse_args()
    rounds, jobs, most = (1, 4, cores()) if asked.quick else (asked.rounds, JOBS, cores())
    found: dict[int, list[float]] = {1: [], most: []}
    for _ in range(rounds):
        for workers, rates in found.items():
            if not asked.quick:
                setting.wait_for_quiet()
            rates.append(jobs / minutes(workers, jobs))
    spreads = {str(workers): setting.spread(rates) for workers, rates in found.items()}
    for workers, numbers in spreads.items():
        print(f"{workers} workers: {numbers['median']:.1f} jobs per minute")
    gain = spreads[str(most)]["median"] / spreads["1"]["median"]
    print(f"{most} workers do {gain:.2f} times as much as one")
    if not asked.quick:
        about = {"jobs": jobs, "spec": SPEC, "rounds": rounds, "gain": gain}
        setting.save("workers", {**about, "jobs_per_minute": spreads})
    return 0 if gain >= LEAST * most else 1


if __name__ == "__main__":
    sys.exit(main())
