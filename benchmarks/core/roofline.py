"""The least time that a step can take on this machine, and the share of it that the core reaches.

A step's matrix products, each at the best rate that NumPy's or PyTorch's library has on exactly
these shapes; and the bytes that must move, at the rate at which large arrays are copied. Those are

* of every parameter what the optimizer reads and writes: itself and, with Adam, its two moments,
  unless all of that stays in the cores' own caches from step to step. The gradient counts nothing,
  as it could be used where it is made;
* the rows of the batch, read once as uint8, unless the whole dataset stays in those caches.

A share above 1 is possible: a shared cache is faster than memory, and of the smallest products the
library's call takes longer than the arithmetic.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks import setting
from benchmarks.core.workloads import WORKLOADS, Workload
from worker.jsontypes import Json

COPIED_BYTES = 2**28  # from one array to another
CACHE = Path("/sys/devices/system/cpu/cpu0/cache/index2/size")
SECONDS = {"quick": 0.002, "full": 0.1}  # of repeating a product
MOMENTS = {"sgd": 0, "adam": 2}


class Product(NamedTuple):
    """One of the three products of a layer, with m rows."""

    kind: str
    m: int
    n_in: int
    n_out: int

    @property
    def flops(self) -> int:
        return 2 * self.m * self.n_in * self.n_out


# Which two of X, (m, n_in), W, (n_in, n_out), and dZ, (m, n_out), are multiplied.
FACTORS: dict[str, Callable[[Any, Any, Any], tuple[Any, Any]]] = {
    "X W": lambda X, W, dZ: (X, W),
    "X' dZ": lambda X, W, dZ: (X.T, dZ),
    "dZ W'": lambda X, W, dZ: (dZ, W.T),
}


def products(workload: Workload) -> Iterator[Product]:
    for layer, (n_in, n_out) in enumerate(pairwise(workload.widths)):
        for kind in FACTORS:
            if layer or kind != "dZ W'":  # nobody wants dJ/d(input) of the first layer
                yield Product(kind, workload.batch, n_in, n_out)


def in_numpy() -> Callable[[Any, Any], Callable[[], Any]]:
    def multiplying(a: Any, b: Any) -> Callable[[], Any]:
        out = np.empty((a.shape[0], b.shape[1]), "float32")
        return lambda: np.matmul(a, b, out=out)

    return multiplying


def in_pytorch(threads: int) -> Callable[[Any, Any], Callable[[], Any]]:
    # Imported in its own process alone, like every competitor.
    import torch

    torch.set_num_threads(threads)

    def multiplying(a: Any, b: Any) -> Callable[[], Any]:
        tensors = torch.from_numpy(a), torch.from_numpy(b)
        out = torch.empty((a.shape[0], b.shape[1]))
        return lambda: torch.mm(*tensors, out=out)

    return multiplying


def fastest(do: Callable[[], Any], seconds: float) -> float:
    """The shortest of many times, after a first."""
    do()
    times, until = [], time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < until:
        started = time.perf_counter()
        do()
        times.append(time.perf_counter() - started)
    return min(times)


def measure_here(library: str, threads: int, seconds: float) -> None:
    """The times of all products, in this process; the answer is a line of JSON."""
    multiplying = in_numpy() if library == "numpy" else in_pytorch(threads)
    rng, times = np.random.default_rng(1), []
    for product in all_products():
        shapes = [(product.m, product.n_in), (product.n_in, product.n_out)]
        shapes.append((product.m, product.n_out))
        factors = [rng.random(shape, dtype="float32") for shape in shapes]
        do = multiplying(*FACTORS[product.kind](*factors))
        times.append(fastest(do, seconds))
    print(json.dumps(times))


def all_products() -> list[Product]:
    """Each once, in a fixed order."""
    return list(dict.fromkeys(p for workload in WORKLOADS.values() for p in products(workload)))


def measure_apart(library: str, threads: int, quick: bool) -> dict[Product, float]:
    command = [sys.executable, "-m", "benchmarks.core.roofline", "--one", library]
    command += ["--threads", str(threads), *(["--quick"] if quick else [])]
    done = subprocess.run(
        command,
        cwd=setting.ROOT,
        env=setting.environment(threads),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return dict(zip(all_products(), json.loads(done.stdout.splitlines()[-1]), strict=True))


def copy_rate(threads: int, seconds: float) -> float:
    """Bytes per second, read and written ones together."""
    source = np.ones(COPIED_BYTES // 4, "float32")
    sources, targets = (np.array_split(a, threads) for a in (source, np.zeros_like(source)))
    with ThreadPoolExecutor(threads) as pool:
        took = fastest(lambda: list(pool.map(np.copyto, targets, sources)), seconds)
    return 2 * COPIED_BYTES / took


def cache_bytes(threads: int) -> int:
    """Of the caches that the cores do not share; 1 MiB each where the system does not tell."""
    kilobytes = int(CACHE.read_text().rstrip("K\n")) if CACHE.exists() else 1024
    return threads * 1024 * kilobytes


def moved_bytes(workload: Workload, cache: int) -> int:
    """In a step of a full batch."""
    state = 4 * workload.parameters * (1 + MOMENTS[workload.optimizer])
    batch = workload.batch * workload.widths[0]
    dataset = workload.rows * workload.widths[0]
    return 2 * state * (state > cache) + batch * (dataset > cache)


def least(workload: Workload, times: dict[Product, float], rate: float, cache: int) -> Json:
    """Of a step of average size."""
    share = workload.rows / (workload.steps * workload.batch)
    flops = sum(product.flops for product in products(workload))
    multiplying = sum(times[product] for product in products(workload))
    moving = moved_bytes(workload, cache)
    return {
        "flops_per_step": round(share * flops),
        "bytes_per_step": round(share * moving),
        "microseconds_of_products": 1e6 * share * multiplying,
        "microseconds_of_bytes": 1e6 * share * moving / rate,
        "microseconds_per_step": 1e6 * share * (multiplying + moving / rate),
    }


def ours(name: str) -> float | None:
    """Microseconds per step of the core, if they have been measured."""
    path = setting.RESULTS / "steps.json"
    workloads = json.loads(path.read_text())["workloads"] if path.exists() else {}
    measured = workloads.get(name, {}).get("microseconds_per_step", {}).get("ours")
    return measured and measured["median"]


def tell(name: str, found: Json) -> None:
    share = found["share_reached"]
    print(
        f"{name:2} at least {found['microseconds_per_step']:9.1f} us: products "
        f"{found['microseconds_of_products']:.1f}, bytes {found['microseconds_of_bytes']:.1f}; "
        f"{'not measured yet' if share is None else f'{100 * share:.0f} % reached'}"
    )


def main() -> int:
    parser = setting.arguments(__doc__ or "", rounds=1)
    parser.add_argument("--one", choices=("numpy", "torch"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    seconds = SECONDS["quick" if asked.quick else "full"]
    if asked.one:
        measure_here(asked.one, asked.threads, seconds)
        return 0
    by_library = [measure_apart(one, asked.threads, asked.quick) for one in ("numpy", "torch")]
    times = {product: min(one[product] for one in by_library) for product in all_products()}
    rate, cache = copy_rate(asked.threads, seconds), cache_bytes(asked.threads)
    print(f"copies {rate / 1e9:.1f} GB/s; the cores' own caches hold {cache / 2**20:.1f} MiB")
    found = {}
    for name, workload in WORKLOADS.items():
        found[name] = least(workload, times, rate, cache)
        took = ours(name)
        found[name]["share_reached"] = took and found[name]["microseconds_per_step"] / took
        tell(name, found[name])
    if not asked.quick:
        rates = [{**p._asdict(), "flops_per_second": p.flops / times[p]} for p in times]
        about = {"threads": asked.threads, "bytes_per_second": rate, "cache_bytes": cache}
        setting.save("roofline", {**about, "products": rates, "workloads": found})
    return 0


if __name__ == "__main__":
    sys.exit(main())
