"""Which scenarios there are, at which sizes, and how one is carried out and judged."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.bench import Bench, bench, evidence
from tests.faults.case import Case
from tests.faults.checker import Breach, breaches
from tests.faults.scenarios import (
    deletions,
    features,
    full_disks,
    messages,
    moments,
    servers,
    sweeps,
    workers,
)
from worker.jsontypes import Json

DISK_BYTES = 64 * 2**20
SEED = 1


@dataclass(frozen=True)
class Scenario:
    """A way to break things, and how often it is done at full size.

    Attributes:
        settings: those of the service that differ from the usual ones of these tests.
        small_disk: whether the data lies on a disk of its own, which can be filled.
    """

    run: Callable[[Bench, int], None]
    full: int
    settings: Json = field(default_factory=dict)
    small_disk: bool = False


def brief_pauses(at: Bench, size: int) -> None:
    """As the long ones, within the time that a quick run has."""
    servers.valkey_pauses(at, size, longest_s=3.0, asks=1)


RARELY = {"checkpoint_s": 30.0}  # so that a sync of the metrics means the end of a job
SCENARIOS: dict[str, Scenario] = {
    "kills": Scenario(workers.kills, 300),
    "dead_workers": Scenario(workers.dead_workers, 20),
    "usual_deaths": Scenario(workers.dead_workers, 10, {"lease_s": 10.0}),
    "late_kills": Scenario(workers.late_kills, 5),
    "losses": Scenario(workers.losses, 10, {"max_attempts": 3}),
    "last_chances": Scenario(moments.last_chances, 10, {"max_attempts": 1}),
    "hopeless_publishers": Scenario(moments.hopeless_publishers, 10, {"max_attempts": 1}),
    "terminations": Scenario(workers.terminations, 50, RARELY),
    "pauses": Scenario(workers.pauses, 50),
    "zombies": Scenario(workers.zombies, 30),
    "endless_zombies": Scenario(workers.endless_zombies, 10),
    "damages": Scenario(workers.damages, 30),
    "lost_features": Scenario(features.lost_features, 30),
    "second_checkpoints": Scenario(moments.second_checkpoints, 10),
    "late_publishers": Scenario(moments.late_publishers, 10),
    "dead_publishers": Scenario(moments.dead_publishers, 10),
    "killed_publishers": Scenario(moments.killed_publishers, 10),
    "steps": Scenario(moments.steps, len(moments.moments())),
    "duplicates": Scenario(messages.duplicates, 200),
    "endless_duplicates": Scenario(messages.endless_duplicates, 50),
    "lost_messages": Scenario(messages.lost_messages, 20),
    "cancels": Scenario(messages.cancels, 500),
    "late_cancels": Scenario(moments.late_cancels, 40, RARELY),
    "api_kills": Scenario(servers.api_kills, 100),
    "late_api_kills": Scenario(servers.late_api_kills, 20),
    "half_submissions": Scenario(moments.half_submissions, 10),
    "refusals": Scenario(moments.refusals, 10),
    "late_records": Scenario(moments.late_records, 10),
    "valkey_kills": Scenario(servers.valkey_kills, 40),
    "valkey_pauses": Scenario(servers.valkey_pauses, 20),
    "brief_pauses": Scenario(brief_pauses, 0),
    "wipes": Scenario(servers.wipes, 5),
    "forgotten_cancels": Scenario(servers.forgotten_cancels, 5),
    "dead_sweepers": Scenario(servers.dead_sweepers, 5),
    "sweeps": Scenario(sweeps.sweeps, 20),
    "deletions": Scenario(deletions.deletions, 24, {"trash_days": 0}),
    "full_disks": Scenario(full_disks.full_disks, 30, small_disk=True),
}
# A twenty-seventh of everything, within minutes: what agrees about the settings shares a service.
QUICK_OF_WORKERS: dict[str, dict[str, int]] = {
    "workers die": {
        "kills": 6,
        "second_checkpoints": 1,
        "damages": 1,
        "lost_features": 2,
        "dead_publishers": 1,
        "killed_publishers": 1,
    },
    "workers stand still": {"zombies": 1, "endless_zombies": 1, "late_publishers": 1},
    "workers are told to stop": {"terminations": 3, "late_cancels": 2, "pauses": 2},
    "too many workers die": {"losses": 1},
    "the last worker dies": {"last_chances": 1, "hopeless_publishers": 1},
    "somebody dies at a chosen moment": {"steps": 4},
    "messages come twice or never": {"duplicates": 5, "endless_duplicates": 2, "lost_messages": 1},
}
QUICK_OF_SERVERS: dict[str, dict[str, int]] = {
    "jobs are cancelled": {"cancels": 12},
    "the API dies": {"api_kills": 2, "half_submissions": 1},
    "Valkey dies": {"valkey_kills": 2, "refusals": 1},
    "Valkey stands still": {"brief_pauses": 2, "late_records": 1},
    "Valkey forgets": {"wipes": 1, "forgotten_cancels": 1},
    "a sweeper dies": {"dead_sweepers": 1},
    "who deletes dies": {"deletions": 2},
    "the disk is full": {"full_disks": 2},
}
QUICK = QUICK_OF_WORKERS | QUICK_OF_SERVERS


@dataclass(frozen=True)
class Outcome:
    """What came of some scenarios; `parts` has their sizes."""

    parts: dict[str, int]
    seed: int
    seconds: float
    case: Case
    breaches: list[Breach]

    @property
    def failed(self) -> bool:
        return bool(self.breaches or self.case.of("stuck"))

    def complaint(self) -> str:
        """What went wrong, and how to see it again; "" when nothing did."""
        if not self.failed:
            return ""
        saved = Path(tempfile.mkdtemp(prefix="purr-case-", dir="/tmp")) / "case.json"
        self.case.save(saved)
        plan = self.case.of("plan")
        lines = [f"{breach.invariant}: {breach.what}" for breach in self.breaches]
        lines += [entry["why"] for entry in self.case.of("stuck")]
        again = ",".join(f"{name}:{size}" for name, size in self.parts.items())
        return "\n".join(
            [
                f"{again}, seed {self.seed}: {len(lines)} complaints",
                *lines[:20],
                f"The plan: {str(plan)[:2000]}",
                f"The whole case: {saved}",
                f"Again: make faults ARGS='--only {again} --seed {self.seed}'",
            ]
        )


def perform(parts: dict[str, int], twins: dict[str, Json], seed: int = SEED, **how: Any) -> Outcome:
    """Carry out scenarios of these sizes, one after the other, and judge what came of them."""
    began, chosen = time.monotonic(), [SCENARIOS[name] for name in parts]
    how = {**chosen[0].settings, **how}
    with empty_folder(chosen[0].small_disk) as folder, bench(folder, seed, twins, **how) as at:
        try:
            for scenario, size in zip(chosen, parts.values(), strict=True):
                scenario.run(at, size)
        except AssertionError as stuck:
            at.history.note("stuck", why=str(stuck))
        case = evidence(at)
    return Outcome(parts, seed, time.monotonic() - began, case, breaches(case))


@contextmanager
def empty_folder(small_disk: bool = False) -> Iterator[Path]:
    """A folder whose path is short enough for a socket in it; on a small disk of its own, if so."""
    folder = Path(tempfile.mkdtemp(prefix="purr-", dir="/tmp"))
    if small_disk:
        mount(folder)
    try:
        yield folder
    finally:
        if small_disk:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
        shutil.rmtree(folder, ignore_errors=True)


def mount(folder: Path) -> None:
    options = f"size={DISK_BYTES},mode=700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)


def may_mount() -> bool:
    """Whether this process may make a small disk."""
    with tempfile.TemporaryDirectory() as folder:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", folder], capture_output=True
        )
        if mounted.returncode == 0:
            subprocess.run(["umount", folder], check=True)
        return mounted.returncode == 0
