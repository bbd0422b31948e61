"""The training core as a job runs it, metrics and vital signs included, to a watcher that says
nothing."""

from benchmarks.core.workloads import Training, Workload
from worker.data.batches import Batches
from worker.data.dataset import Split
from worker.nn.arrays import on_host
from worker.nn.engines.base import TrainingEngine
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.losses import loss_for
from worker.nn.normalization import scale
from worker.system.machine import cores
from worker.training import build
from worker.training.loop import Epoch, Run
from worker.training.step import Steps

FOREVER = 10**9


class Silent:
    """Looks on and says nothing."""

    def before_step(self) -> None:
        pass

    def after_step(self, run: Run) -> None:
        pass

    def after_epoch(self, epoch: Epoch) -> None:
        pass


def ours(workload: Workload) -> Training:
    """Pixels are taken as they are stored, and scaled as they are taken."""
    return trained(workload, CpuEngine("float32", cores()))


def ours_on_gpu(workload: Workload) -> Training:
    """The same on a graphics processor."""
    # Only there: the library is not installed elsewhere.
    from worker.nn.engines.gpu.cuda import Cuda
    from worker.nn.engines.gpu.engine import GpuEngine

    return trained(workload, GpuEngine(Cuda("float32")))


def trained(workload: Workload, engine: TrainingEngine) -> Training:
    spec = workload.spec().model_copy(update={"epochs": FOREVER})
    x, y = workload.samples()
    batches = Batches(spec, Split.whole(x, y), workload.classes)
    network = build.network(spec, workload.widths[0], workload.classes)
    normalization = scale(x[0]).astype(spec.dtype)
    loss = loss_for(workload.classes)
    steps = Steps(spec, network, loss, normalization, batches, engine)
    run = Run(spec, steps, batches, None)
    going = run.steps(Silent())
    for epochs in workload.turns():
        while run.at.epoch < epochs.stop:
            next(going)
        yield lambda: [on_host(p) for p in network.params]
