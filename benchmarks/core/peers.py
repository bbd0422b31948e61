"""Who is compared, by name."""

from collections.abc import Callable
from importlib import import_module

from benchmarks.convolution.workloads import PictureWorkload
from benchmarks.core.workloads import Training, Workload
from worker.jsontypes import Json

AnyWorkload = Workload | PictureWorkload

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
ON_PICTURES = {
    "pictures_pytorch": "benchmarks.convolution.peer_pytorch:eager",
    "pictures_pytorch_compiled": "benchmarks.convolution.peer_pytorch:compiled_cost",
    "pictures_jax": "benchmarks.convolution.peer_jax:stepwise",
    "pictures_ours": "benchmarks.core.ours:ours",
}
PICTURES_ON_GPU = {
    "pictures_pytorch_gpu": "benchmarks.convolution.peer_pytorch:eager_on_gpu",
    "pictures_pytorch_gpu_captured": "benchmarks.convolution.peer_pytorch:captured_cost_on_gpu",
    "pictures_ours_gpu": "benchmarks.core.ours:ours_on_gpu",
}
ALL = COMPETITORS | ON_GPU | ON_PICTURES | PICTURES_ON_GPU
# It draws batches of its own.
OWN_BATCHES = ("sklearn",)


def training(name: str, workload: AnyWorkload) -> Training:
    """A competitor, before its first step."""
    module, _, function = ALL[name].partition(":")
    start: Callable[[AnyWorkload], Training] = getattr(import_module(module), function)
    return start(workload)


def workload_of(fields: Json) -> AnyWorkload:
    """The workload that has these fields, which were JSON."""
    if "layers" in fields:
        return PictureWorkload(**{**fields, "shape": tuple(fields["shape"])})
    return Workload(**{**fields, "widths": tuple(fields["widths"])})
