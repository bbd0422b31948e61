"""The training core as a job runs it, metrics and vital signs included, to a watcher that says
nothing."""

from benchmarks.workloads import Training, Workload
from worker import build
from worker.data.batches import Batches
from worker.data.dataset import Split
from worker.machine import cores
from worker.nn.backend import on_host
from worker.nn.backend_cpu import Processor
from worker.nn.backend_recorder import Recorder
from worker.nn.normalization import scale
from worker.run import Epoch, Run
from worker.steps import Steps

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
    return trained(workload, Processor("float32", cores()))


def ours_on_gpu(workload: Workload) -> Training:
    """The same on a graphics processor."""
    # Only there: the library is not installed elsewhere.
    from worker.nn.backend_cuda import Cuda
    from worker.nn.backend_gpu import GraphicsProcessor

    return trained(workload, GraphicsProcessor(Cuda("float32")))


def trained(workload: Workload, engine: Recorder) -> Training:
    spec = workload.spec().model_copy(update={"epochs": FOREVER})
    x, y = workload.samples()
    batches = Batches(spec, Split.whole(x, y), workload.classes)
    network = build.network(spec, workload.widths[0], workload.classes)
    normalization = scale(x[0]).astype(spec.dtype)
    steps = Steps(spec, network, normalization, batches, engine)
    run = Run(spec, steps, batches, None)
    going = run.steps(Silent())
    for epochs in workload.turns():
        while run.at.epoch < epochs.stop:
            next(going)
        yield lambda: [on_host(p) for p in network.params]
