"""How much of the core's speed is left when it is a job of the service.

The network of workload B on 4,000 pictures of 64 by 64 pixels: gathered from a file on disk,
mirrored by chance, standardized, with dropout, watched by the doctor, with metrics and checkpoints;
as a job, through the API. Beside it the bare loop: the same network on rows in memory.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import setting
from benchmarks.core.turns import Competitor
from benchmarks.core.workloads import WORKLOADS
from benchmarks.running_service import Service
from worker.data.hdf5 import reader

FLOOR = 0.85
B = WORKLOADS["B"]
SIDE = 64
SPEC = {
    "network": {"hidden_units": list(B.widths[1:-1]), "dropout": 0.3},
    "normalization": "standardize",
    "augmentation": {"flip": True},
    "optimizer": {"kind": B.optimizer, "learning_rate": B.learning_rate},
    "batch_size": B.batch,
}


def pictures(folder: Path) -> list[Path]:
    """Of workload B, in a file for each split."""
    x, y = B.samples()
    x = x.reshape(-1, SIDE, SIDE, 3)
    files = [folder / "train.h5", folder / "test.h5"]
    for path, rows in zip(files, (slice(None), slice(100)), strict=True):
        reader.write(path, path.stem, x[rows], y[rows], ["other", "cat"])
    return files


def bare(threads: int) -> float:
    """Rows per second of a turn of the bare loop."""
    with Competitor("ours", B, threads) as competitor:
        competitor.warmed_up()
        competitor.turn()
        return B.rows / (competitor.seconds[-1] * B.steps)


def job(service: Service, dataset: str, epochs: int) -> float:
    """Rows per second of a job, from the end of its first epoch to the end of its last."""
    done = service.finished(service.submit({**SPEC, "dataset": dataset, "epochs": epochs})["id"])
    rows = service.metrics(done["id"])
    return B.rows * (len(rows) - 1) / (rows[-1]["seconds"] - rows[0]["seconds"])


def main() -> int:
    asked = setting.arguments(__doc__ or "", rounds=5).parse_args()
    rounds, epochs = (1, 3) if asked.quick else (asked.rounds, 11)
    found: dict[str, list[float]] = {"bare loop": [], "job": []}
    with tempfile.TemporaryDirectory() as folder, Service(asked.threads) as service:
        dataset = service.upload(pictures(Path(folder)))
        with setting.Strangers() as strangers:
            for _ in range(rounds):
                found["bare loop"].append(bare(asked.threads))
                found["job"].append(job(service, dataset, epochs))
    share = float(np.median(found["job"]) / np.median(found["bare loop"]))
    for name, rates in found.items():
        print(f"{name:10} {np.median(rates):9.0f} rows per second")
    print(f"a job keeps {share:.1%} of the bare loop")
    if not asked.quick:
        rates = {name: setting.spread(values) for name, values in found.items()}
        about = {"threads": asked.threads, "rounds": rounds, "spec": SPEC, "share": share}
        about["cores_that_others_used"] = strangers.cores
        setting.save("whole_job", {**about, "rows_per_second": rates})
    return 0 if share >= FLOOR else 1


if __name__ == "__main__":
    sys.exit(main())
