"""How much of the core's speed is left when it is a job of the service.

The network of workload B on 4,000 pictures of 64 by 64 pixels: gathered from a file on disk,
mirrored by chance, standardized, with dropout, watched by the doctor, with metrics and checkpoints;
as a job, through the API. Beside it the bare loop: the same network on rows in memory. Or, with
`--convolutional`, that of V2, changed in every way that the recipe `photos` changes pictures; it is
printed and not kept.
"""

import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import setting
from benchmarks.convolution.workloads import WORKLOADS as CONVOLUTIONAL
from benchmarks.core.peers import AnyWorkload
from benchmarks.core.turns import Competitor
from benchmarks.core.workloads import WORKLOADS as DENSE
from benchmarks.running_service import Service
from worker.data.hdf5 import reader
from worker.jsontypes import Json
from worker.spec.recipes import RECIPES

FLOOR = 0.85
SIDE = 64


class Whole(NamedTuple):
    """A workload, what trains it in a bare loop, and what a job asks for beside that."""

    workload: AnyWorkload
    competitor: str
    spec: Json


B, V2 = DENSE["B"], CONVOLUTIONAL["V2"]
WHOLE_B = Whole(
    B,
    "ours",
    {
        "network": {"hidden_units": list(B.widths[1:-1]), "dropout": 0.3},
        "normalization": "standardize",
        "augmentation": {"flip": True},
        "optimizer": {"kind": B.optimizer, "learning_rate": B.learning_rate},
        "batch_size": B.batch,
    },
)
WHOLE_V2 = Whole(
    V2,
    "pictures_ours",
    {
        **V2.spec().model_dump(
            mode="json", include={"network", "normalization", "optimizer", "batch_size"}
        ),
        "augmentation": RECIPES["photos"].spec["augmentation"],
    },
)


def pictures(of: Whole, folder: Path) -> list[Path]:
    """Of the workload, in a file for each split."""
    x, y = of.workload.samples()
    x = x.reshape(-1, SIDE, SIDE, 3)
    files = [folder / "train.h5", folder / "test.h5"]
    for path, rows in zip(files, (slice(None), slice(100)), strict=True):
        reader.write(path, path.stem, x[rows], y[rows], ["other", "cat"])
    return files


def bare(of: Whole, threads: int) -> float:
    """Rows per second of a turn of the bare loop."""
    with Competitor(of.competitor, of.workload, threads) as competitor:
        competitor.warmed_up()
        competitor.turn()
        return of.workload.rows / (competitor.seconds[-1] * of.workload.steps)


def job(of: Whole, service: Service, dataset: str, epochs: int) -> float:
    """Rows per second of a job, from the end of its first epoch to the end of its last."""
    done = service.finished(service.submit({**of.spec, "dataset": dataset, "epochs": epochs})["id"])
    rows = service.metrics(done["id"])
    return of.workload.rows * (len(rows) - 1) / (rows[-1]["seconds"] - rows[0]["seconds"])


def main() -> int:
    parser = setting.arguments(__doc__ or "", rounds=5)
    parser.add_argument("--convolutional", action="store_true", help="V2 in place of B")
    asked = parser.parse_args()
    of = WHOLE_V2 if asked.convolutional else WHOLE_B
    rounds, epochs = (1, 3) if asked.quick else (asked.rounds, 11)
    found: dict[str, list[float]] = {"bare loop": [], "job": []}
    with tempfile.TemporaryDirectory() as folder, Service(asked.threads) as service:
        dataset = service.upload(pictures(of, Path(folder)))
        with setting.Strangers() as strangers:
            for _ in range(rounds):
                found["bare loop"].append(bare(of, asked.threads))
                found["job"].append(job(of, service, dataset, epochs))
    share = float(np.median(found["job"]) / np.median(found["bare loop"]))
    for name, rates in found.items():
        print(f"{name:10} {np.median(rates):9.0f} rows per second")
    print(f"a job keeps {share:.1%} of the bare loop")
    if not asked.quick and not asked.convolutional:
        rates = {name: setting.spread(values) for name, values in found.items()}
        about = {"threads": asked.threads, "rounds": rounds, "spec": of.spec, "share": share}
        about["cores_that_others_used"] = strangers.cores
        setting.save("whole_job", {**about, "rows_per_second": rates})
    return 0 if share >= FLOOR else 1


if __name__ == "__main__":
    sys.exit(main())
