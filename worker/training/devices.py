"""Where the arithmetic of a job is done: on the processor's cores or on a graphics processor."""

import importlib.util
import logging
import subprocess
import sys
from collections.abc import Callable
from functools import partial

from worker.errors import DeviceUnavailable
from worker.jsontypes import Json
from worker.nn.engines.base import TrainingEngine
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.engines.gpu.engine import GpuEngine
from worker.training.plan import Plan

PROBE_S = 60  # the driver of a machine that was asleep takes its time
PROBE = "from worker.nn.engines.gpu.cuda import Cuda; print(Cuda('float32').name)"

Engines = Callable[[str], TrainingEngine]  # by their dtype

log = logging.getLogger(__name__)


def gpu_name() -> str | None:
    """What the graphics processor is called that this process may use, if there is one.

    Asked in a process of its own: who has asked CUDA anything can fork no children that use it.
    """
    if importlib.util.find_spec("cupy") is None:
        return None
    command = [sys.executable, "-P", "-c", PROBE]
    try:
        asked = subprocess.run(  # noqa: S603 - the command is our own
            command, capture_output=True, text=True, timeout=PROBE_S
        )
    except subprocess.TimeoutExpired:
        log.warning("no answer about a graphics processor within %d s", PROBE_S)
        return None
    if asked.returncode:
        log.warning("no graphics processor can be used: %s", asked.stderr.strip()[-500:])
        return None
    return asked.stdout.strip()


def engines_of(plan: Plan, wanted: str, has_gpu: bool, threads: int) -> tuple[Engines, Json]:
    """The engines for a job, and what its record says of where they are.

    Args:
        wanted: "auto", "cpu" or "gpu".
        has_gpu: whether this worker has a graphics processor.

    Raises:
        DeviceUnavailable: one is wanted, and this worker has none that works.
    """
    if wanted == "cpu" or (wanted == "auto" and not has_gpu):
        return partial(CpuEngine, threads=threads), {"kind": "cpu", "name": None}
    try:
        # Here and not before: the library may be missing, and takes a second to load.
        from worker.nn.engines.gpu.cuda import Cuda

        name = Cuda(plan.dtype).name
    except Exception as error:
        raise DeviceUnavailable(
            f"Expected a graphics processor that works, and this worker's does not: {error}. Look "
            'after its driver, or ask for device "cpu".'
        ) from error

    def engine(dtype: str) -> TrainingEngine:
        # A check of gradients in float64 has no use for it.
        return GpuEngine(Cuda(dtype, tf32=plan.tf32))

    return engine, {"kind": "gpu", "name": name}
