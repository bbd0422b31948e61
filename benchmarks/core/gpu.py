"""Steps on a graphics processor beside PyTorch's on the same one, and the share of its matmul rate.

The six workloads, one large enough for such a device, and the four convolutional networks. PyTorch
runs eagerly, and compiled with captured graphs; TF32 is off for all. The rate is that of PyTorch's
product of two large square matrices. It runs where there is a graphics processor, in an environment
with PyTorch for it and CuPy. What cannot be run is left out of the table, and said.
"""

import sys
import time
from itertools import pairwise

from benchmarks import setting
from benchmarks.convolution.steps import multiplications
from benchmarks.convolution.workloads import WORKLOADS as PICTURES
from benchmarks.convolution.workloads import PictureWorkload
from benchmarks.core.peers import ON_GPU, PICTURES_ON_GPU, AnyWorkload
from benchmarks.core.steps import compare, tell
from benchmarks.core.workloads import WORKLOADS, Workload
from worker.jsontypes import Json

LARGE = {"G": Workload((3072, 8192, 8192, 10), 16_384, 4_096, "adam", 2e-5, 4)}
OURS = ("ours_gpu", "pictures_ours_gpu")
SIDE, PRODUCTS = 8_192, 20


def main() -> int:
    asked = setting.arguments(__doc__ or "", rounds=5).parse_args()
    rounds, rate = (1 if asked.quick else asked.rounds), matmul_rate()
    print(f"products of {SIDE} by {SIDE}: {rate / 1e12:.1f} TFLOP/s", flush=True)
    found = {}
    for name, workload in (WORKLOADS | LARGE | PICTURES).items():
        names = [*(PICTURES_ON_GPU if isinstance(workload, PictureWorkload) else ON_GPU)]
        one = compare(workload, names, rounds, asked.threads)
        found[name] = {**one, **standing(workload, one, rate)}
        tell(name, one)
    print(*map(line, found.items()), sep="\n", flush=True)
    if not asked.quick:
        about = {"device": device(), "matmul_flops": rate, "rounds": rounds}
        setting.save("gpu", {**about, "threads": asked.threads, "workloads": found})
    good = all(one["same_losses"] and not one["left_out"] for one in found.values())
    return 0 if good and all(one.get("ratio", 2) <= 1 for one in found.values()) else 1


def standing(workload: AnyWorkload, found: Json, rate: float) -> Json:
    """Our time for a step as a share of the best peer's, and how much of the rate it uses; nothing
    where one of the two could not be run."""
    medians = {name: each["median"] for name, each in found["microseconds_per_step"].items()}
    ours = [time for name, time in medians.items() if name in OURS]
    peers = [time for name, time in medians.items() if name not in OURS]
    if not (ours and peers):
        return {}
    share = flops(workload) / (ours[0] / 1e6) / rate
    return {"ratio": ours[0] / min(peers), "share_of_rate": share}


def line(one: tuple[str, Json]) -> str:
    """A line of the table."""
    name, found = one
    if "ratio" not in found:
        return f"{name:2} not measured: {', '.join(found['left_out'])} could not be run"
    return (
        f"{name:2} {found['ratio']:.2f} of the best peer's time, "
        f"{found['share_of_rate']:.1%} of the rate of products"
    )


def flops(workload: AnyWorkload) -> float:
    """Of the products in a step: forward, to the weights, and to all inputs but the first."""
    if isinstance(workload, PictureWorkload):
        return 2.0 * multiplications(workload)
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
