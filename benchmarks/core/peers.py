"""Who is compared, by name."""

from collections.abc import Callable
from importlib import import_module

from benchmarks.core.workloads import Training, Workload

# Where each is found. None is imported before it is run: with a library come threads of its own,
# and those of two libraries get in each other's way.
COMPETITORS = {
    "notebook": "benchmarks.core.peer_notebook:notebook",
    "sklearn": "benchmarks.core.peer_sklearn:sklearn",
    "pytorch": "benchmarks.core.peer_pytorch:eager",
    "pytorch_compiled": "benchmarks.core.peer_pytorch:compiled_cost",
    "pytorch_compiled_step": "benchmarks.core.peer_pytorch:compiled_step",
    "jax": "benchmarks.core.peer_jax:stepwise",
    "jax_scan": "benchmarks.core.peer_jax:scanned",
    "ours": "benchmarks.core.ours:ours",
}
ON_GPU = {
    "pytorch_gpu": "benchmarks.core.peer_pytorch:eager_on_gpu",
    "pytorch_gpu_captured": "benchmarks.core.peer_pytorch:captured_cost_on_gpu",
    "pytorch_gpu_captured_step": "benchmarks.core.peer_pytorch:captured_step_on_gpu",
    "ours_gpu": "benchmarks.core.ours:ours_on_gpu",
}
# It draws batches of its own.
OWN_BATCHES = ("sklearn",)


def training(name: str, workload: Workload) -> Training:
    """A competitor, before its first step."""
    module, _, function = (COMPETITORS | ON_GPU)[name].partition(":")
    start: Callable[[Workload], Training] = getattr(import_module(module), function)
    return start(workload)
