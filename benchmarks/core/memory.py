"""What a job needs of memory for itself, on a dataset of 2 GB; and what two jobs on it share.

The dataset lies in a file that is mapped into memory: its pages are the system's, which may drop
and read them again, and two processes use the same ones. Of its own a process has what no file
stands behind.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap

from benchmarks import setting
from benchmarks.core.ours import Silent
from worker.data.dataset import Dataset, Split
from worker.doctor.chart import Statistics
from worker.spec import JobSpec
from worker.training.fit import train
from worker.training.loop import Run
from worker.training.turn import Turn

FEATURES = 64 * 64 * 3
DATASET_BYTES = {"quick": 2**26, "full": 2 * 10**9}
OWN_BYTES = 300 * 10**6
SPEC = {
    "dataset": "ds_" + "0" * 32,
    "network": {"hidden_units": [16]},
    "validation_fraction": 0.1,
    "epochs": 2,
}


class Weighing(Silent):
    """Notes the most memory that the process had of its own while it was trained."""

    def __init__(self) -> None:
        self.own = 0

    def before_training(self, statistics: Statistics, turn: Turn) -> None:
        self._weigh()

    def after_gradient_check(self, error: float) -> None:
        self._weigh()

    def after_training(self) -> None:
        self._weigh()

    def after_step(self, run: Run) -> None:
        self._weigh()

    def _weigh(self) -> None:
        self.own = max(self.own, memory()["Anonymous"])


def memory() -> dict[str, int]:
    """Bytes of this process, by their kind."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]
    return {
        name: 1024 * int(rest.split()[0]) for name, _, rest in (s.partition(":") for s in lines)
    }


def write(folder: Path, size: int) -> None:
    rng, rows = np.random.default_rng(1), size // FEATURES
    x = open_memmap(folder / "x.npy", "w+", "uint8", (rows, 64, 64, 3))
    for start in range(0, rows, 1_000):
        x[start : start + 1_000] = rng.integers(0, 256, x[start : start + 1_000].shape, "uint8")
    x.flush()
    np.save(folder / "y.npy", rng.integers(0, 2, rows))


def train_here(folder: Path) -> None:
    """A job, in this process; tells what it had once another line is read."""
    x, y = np.load(folder / "x.npy", mmap_mode="r"), np.load(folder / "y.npy")
    splits = {"train": Split.whole(x, y), "test": Split.whole(x[:100], y[:100])}
    dataset = Dataset("ds", "", ["other", "cat"], [64, 64, 3], {}, splits)
    watcher = Weighing()
    train(JobSpec.model_validate(SPEC), dataset, watcher, check_gradients=True, threads=1)
    print(json.dumps({"own": max(watcher.own, memory()["Anonymous"])}), flush=True)
    sys.stdin.readline()
    now = memory()
    print(json.dumps({"file": now["Rss"] - now["Anonymous"], "share": now["Pss_File"]}), flush=True)


def main() -> int:
    parser = setting.arguments(__doc__ or "", rounds=1)
    parser.add_argument("--one", type=Path, help="train on what lies here, in this process")
    asked = parser.parse_args()
    if asked.one:
        train_here(asked.one)
        return 0
    size = DATASET_BYTES["quick" if asked.quick else "full"]
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), size)
        command = [sys.executable, "-m", "benchmarks.core.memory", "--one", folder]
        pipe = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        jobs = [subprocess.Popen(command, cwd=setting.ROOT, **pipe) for _ in range(2)]
        own = [json.loads(job.stdout.readline())["own"] for job in jobs]
        mapped = [json.loads(job.communicate("now\n")[0]) for job in jobs[:1]]
        jobs[1].communicate("now\n")
    print(f"of {size / 1e9:.1f} GB, a job has {max(own) / 1e6:.0f} MB of its own")
    print(f"and maps {mapped[0]['file'] / 1e6:.0f} MB; its share is {mapped[0]['share'] / 1e6:.0f}")
    if not asked.quick:
        found = {"dataset_bytes": size, "own_bytes": own, "mapped_bytes": mapped[0], "spec": SPEC}
        setting.save("memory", found)
    return 0 if max(own) < OWN_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
