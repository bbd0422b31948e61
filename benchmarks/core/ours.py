"""The training core as a job runs it, metrics and vital signs included, to a watcher that says
nothing."""

from dataclasses import replace

from benchmarks.core.peers import AnyWorkload
from benchmarks.core.workloads import Training
from worker.data.batches import Batches
from worker.data.dataset import Split
from worker.nn.arrays import on_host
from worker.nn.engines.base import TrainingEngine
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.normalization import scale
from worker.system.machine import cores
from worker.training.chain import new_chain
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


def ours(workload: AnyWorkload) -> Training:
    """Pixels are taken as they are stored, and scaled as they are taken."""
    return trained(workload, CpuEngine("float32", cores()))


def ours_on_gpu(workload: AnyWorkload) -> Training:
    """The same on a graphics processor."""
    # Only there: the library is not installed elsewhere.
    from worker.nn.engines.gpu.cuda import Cuda
    from worker.nn.engines.gpu.engine import GpuEngine

    return trained(workload, GpuEngine(Cuda("float32")))


def trained(workload: AnyWorkload, engine: TrainingEngine) -> Training:
    plan = replace(workload.plan(), epochs=FOREVER)
    x, y = workload.samples()
    batches = Batches(plan.batches, Split.whole(x, y), workload.classes)
    network = plan.network.start(plan.dtype)
    normalization = scale(x[0]).astype(plan.dtype)
    steps = Steps(plan, network, normalization, batches, engine)
    chain = new_chain(workload.plan(), batches.rows, network.params[0])
    run = Run(plan, steps, batches, None, chain)
    going = run.steps(Silent())
    for epochs in workload.turns():
        while run.at.epoch < epochs.stop:
            next(going)
        yield lambda: [on_host(p) for p in network.params]
