"""Replaces the API and all workers of one release by those of another while jobs run, there and
back: `make rolling ARGS=REVISION`."""

import argparse
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from service.launcher.valkey import Valkey
from tests.service.api import Api
from tests.service.wait import wait_until
from tests.upgrades.fleet import Caller, Fleet
from tests.upgrades.make_store import uploads
from tests.upgrades.questions import weights_of
from tests.upgrades.release import Release, git
from worker.jsontypes import Json

SPEC: Json = {
    "network": {"hidden_units": [16], "dropout": 0.2},
    "validation_fraction": 0.25,
    "epochs": 600,
    "batch_size": 2,
}
TRAINERS, CYCLES = 2, 2
PATIENCE_S = 300


def main(arguments: list[str]) -> int:
    """0 when nothing was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.upgrades", description=__doc__)
    parser.add_argument("revision", nargs="?", default="HEAD", help="of the other release")
    parser.add_argument("--cycles", type=int, default=CYCLES, help="there and back, so often")
    asked = parser.parse_args(arguments)
    revision = git("rev-parse", "--short=8", asked.revision).decode().strip()
    with tempfile.TemporaryDirectory(prefix="purr-", dir="/tmp") as scratch:
        folder = Path(scratch)
        valkey = Valkey(folder / "redis", folder / "valkey.log")
        valkey.start()
        try:
            return rolled(folder, valkey, revision, asked.cycles)
        finally:
            valkey.stop()


def rolled(folder: Path, valkey: Valkey, revision: str, cycles: int) -> int:
    """Roll there and back, and say what came of it."""
    old, new = Release(folder / "old", revision), Release(folder / "new", None)
    fleet, began = Fleet(folder, valkey), time.monotonic()
    try:
        for kind in ("api", "import", *["train"] * TRAINERS):
            fleet.start(kind, old)
        with Api.at(fleet.urls()[0]) as api:
            dataset = api.upload(uploads(folder)[0])["id"]
            api.finished(api.submit(dataset=dataset, model="twin", **SPEC)["id"], PATIENCE_S)
        caller = Caller(fleet, dataset, SPEC)
        with caller.asking():
            wait_until(lambda: "running" in caller.states(), PATIENCE_S)
            for _ in range(cycles):
                fleet.replace(new)
                fleet.replace(old)
        wait_until(lambda: not {"queued", "running"} & {*caller.states()}, PATIENCE_S)
        lost = complaints(fleet, caller, folder / "data")
    finally:
        fleet.stop()
    took_s = time.monotonic() - began
    print(f"{revision} and the files here, {cycles} times there and back, in {took_s:.0f} s:")
    print(told(fleet, caller))
    print("\n".join(lost) or "Nothing was lost.")
    return int(bool(lost))


def told(fleet: Fleet, caller: Caller) -> str:
    """What was done."""
    jobs = [f"purr:job:{job}" for job in caller.accepted.values()]
    attempts = Counter(str(fleet.redis.hget(job, "attempt")) for job in jobs)
    longest_s = max(seconds for *_, seconds in fleet.ends)
    return (
        f"{len(fleet.ends)} processes were ended, the slowest in {longest_s:.1f} s; "
        f"{len(jobs)} jobs accepted, by their attempts {dict(sorted(attempts.items()))}; "
        f"{caller.predictions} predictions; {len(caller.refusals)} requests that nobody answered."
    )


def complaints(fleet: Fleet, caller: Caller, data: Path) -> list[str]:
    """What was lost: a job, a byte of its weights, or an answer."""
    twin, found = weights_of(data, "twin"), [*caller.refusals]
    for model, job in caller.accepted.items():
        state = str(fleet.redis.hget(f"purr:job:{job}", "state"))
        if state != "succeeded":
            found.append(f"{job} is {state}")
        elif weights_of(data, model) != twin:
            found.append(f"{job} has come to other weights")
        elif [path.name for path in (data / "models" / model).glob("[0-9]*")] != ["1"]:
            found.append(f"{job} was published more than once")
    # uvicorn ends by the signal that told it to, once it has ended well.
    well = (0, -signal.SIGTERM)
    found += [f"{kind} ended with {code}" for kind, code, _ in fleet.ends if code not in well]
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
