"""Milliseconds per step of convolutional networks, beside PyTorch's and JAX's, and the share of the
rate of our own dense products.

All start from the same weights and take the same batches in the same order, so their losses must
agree. Nothing is augmented. A turn is timed from its first step to its last, after a warm-up in
which libraries compile.
"""

import argparse
import statistics
import sys

from benchmarks import setting
from benchmarks.convolution.workloads import WORKLOADS, PictureWorkload
from benchmarks.core.peers import ON_PICTURES
from benchmarks.core.steps import compare, tell
from worker.jsontypes import Json

OURS = "pictures_ours"
QUICK = ("V3",)


def multiplications(workload: PictureWorkload) -> int:
    """Of a step: forward, to the kernels, and to all inputs but the first."""
    layers = [layer["multiplications"] for layer in workload.plan().network.summary()]
    first = next(count for count in layers if count)
    return workload.batch * (3 * sum(layers) - first)


def standing(workload: PictureWorkload, found: Json) -> Json:
    """How many times our time the best peer takes, and the products in a second of ours."""
    medians = {name: each["median"] for name, each in found["microseconds_per_step"].items()}
    ours = medians.pop(OURS)
    best = min(medians, key=medians.__getitem__)
    flops = 2 * multiplications(workload) / (ours / 1e6)
    return {"best_peer": best, "times_ours": medians[best] / ours, "flops": flops}


def arguments() -> argparse.Namespace:
    parser = setting.arguments(__doc__ or "", rounds=5)
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, help="only these")
    parser.add_argument("--competitors", nargs="+", choices=ON_PICTURES, help="only these")
    return parser.parse_args()


def main() -> int:
    asked = arguments()
    rounds = 1 if asked.quick else asked.rounds
    everything = not (asked.quick or asked.workloads or asked.competitors)
    found: Json = {}
    for name in asked.workloads or (QUICK if asked.quick else WORKLOADS):
        workload = WORKLOADS[name]
        if not asked.quick:
            setting.wait_for_quiet()
        one = compare(workload, asked.competitors or [*ON_PICTURES], rounds, asked.threads)
        tell(name, one)
        if len(one["microseconds_per_step"]) > 1 and OURS in one["microseconds_per_step"]:
            one |= standing(workload, one)
            print(
                f"{name} the best peer, {one['best_peer']}, takes {one['times_ours']:.2f} times our"
                f" time; we do {one['flops'] / 1e9:.0f} GFLOP/s",
                flush=True,
            )
        found[name] = one
    if everything:
        mean = statistics.geometric_mean(one["times_ours"] for one in found.values())
        print(f"geometric mean {mean:.2f}")
        about = {"threads": asked.threads, "rounds": rounds, "geometric_mean": mean}
        setting.save("convolution", {**about, "workloads": found})
    good = all(one["same_losses"] and not one["left_out"] for one in found.values())
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
