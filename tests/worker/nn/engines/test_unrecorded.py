import numpy as np
import pytest

from worker.nn.batch_normalization import BatchNormalization
from worker.nn.convolution import Convolution
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.layers import Layer
from worker.nn.pooling import GlobalAverage
from worker.nn.residual import Residual


@pytest.mark.parametrize(
    "layer",
    [
        Convolution(np.ones((1, 1, 1, 1))),
        GlobalAverage(),
        BatchNormalization(np.ones(1), np.zeros(1)),
        Residual([]),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_layers_without_kernels_are_refused_as_a_step_is_recorded(layer: Layer) -> None:
    do = CpuEngine("float64", threads=1)
    with pytest.raises(NotImplementedError, match="Expected dense layers to record"):
        do.record(1, lambda: layer.forward(np.ones((1, 1, 1, 1)), do))
