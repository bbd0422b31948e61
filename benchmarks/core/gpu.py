"""Steps on a graphics processor beside PyTorch's on the same one, and the share of its matmul rate.

The six workloads, and one large enough for such a device. PyTorch runs eagerly, and compiled
with captured graphs; TF32 is off for all. The rate is that of PyTorch's product of two large square
matrices. It runs where there is a graphics processor, in an environment with PyTorch for it and
`purrceptron[gpu]`.
"""

import sys
import time
from itertools import pairwise

from benchmarks import setting
from benchmarks.core.peers import ON_GPU
from benchmarks.core.steps import compare, tell
from benchmarks.core.workloads import WORKLOADS, Workload
from worker.jsontypes import Json

LARGE = {"G": Workload((3072, 8192, 8192, 10), 16_384, 4_096, "adam", 2e-5, 4)}
OURS = "ours_gpu"
SIDE, PRODUCTS = 8_192, 20


def main() -> int:
    asked = setting.arguments(__doc__ or "", rounds=5).parse_args()
    rounds, rate = (1 if asked.quick else asked.rounds), matmul_rate()
    print(f"products of {SIDE} by {SIDE}: {rate / 1e12:.1f} TFLOP/s", flush=True)
    found = {}
    for name, workload in (WORKLOADS | LARGE).items():
        one = compare(workload, list(ON_GPU), rounds, asked.threads)
        found[name] = {**one, **standing(workload, one, rate)}
        tell(name, one)
        ratio, share = found[name]["ratio"], found[name]["share_of_rate"]
        print(f"{name:2} {ratio:.2f} of the best peer's time, {share:.1%} of the rate", flush=True)
    if not asked.quick:
        about = {"device": device(), "matmul_flops": rate, "rounds": rounds}
        setting.save("gpu", {**about, "threads": asked.threads, "workloads": found})
    good = all(one["same_losses"] and not one["left_out"] for one in found.values())
    return 0 if good and all(one["ratio"] <= 1 for one in found.values()) else 1


def standing(workload: Workload, found: Json, rate: float) -> Json:
    """Our time for a step as a share of the best peer's, and how much of the rate it uses."""
    medians = {name: each["median"] for name, each in found["microseconds_per_step"].items()}
    best = min(time for name, time in medians.items() if name != OURS)
    return {
        "ratio": medians[OURS] / best,
        "share_of_rate": flops(workload) / (medians[OURS] / 1e6) / rate,
    }


def flops(workload: Workload) -> float:
    """Of the products in a step: forward, to the weights, and to all inputs but the first."""
    sizes = [n_in * n_out for n_in, n_out in pairwise(workload.widths)]
    rows = min(workload.batch, workload.rows)
    return 2.0 * rows * (3 * sum(sizes) - sizes[0])


def matmul_rate() -> float:
    """Floating-point operations per second of a large product in float32."""
    # Where there is no such device, this is where it is said.
    import torch

    torch.backends.cuda.matmul.allow_tf32 = False
    left, right = (torch.randn(SIDE, SIDE, device="cuda") for _ in range(2))
    for products in (1, PRODUCTS):
        torch.cuda.synchronize()
        started = time.perf_counter()
        for _ in range(products):
            left @ right
        torch.cuda.synchronize()
    return PRODUCTS * 2.0 * SIDE**3 / (time.perf_counter() - started)


def device() -> str:
    import torch

    return str(torch.cuda.get_device_name())


if __name__ == "__main__":
    sys.exit(main())
