import numpy as np
import pytest

from tests.worker.nn.engines.comparing import DeviceOf
from worker.nn.batch_normalization import BatchNormalization
from worker.nn.convolution import Convolution
from worker.nn.engines.gpu.engine import GpuEngine
from worker.nn.layers import Flatten, Layer
from worker.nn.pooling import GlobalAverage
from worker.nn.residual import Residual


@pytest.mark.parametrize(
    "layer",
    [
        Convolution(np.ones((1, 1, 1, 1))),
        GlobalAverage(),
        BatchNormalization(np.ones(1), np.zeros(1)),
        Residual([]),
        Flatten(),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_layers_without_kernels_are_refused_as_a_step_is_recorded(
    layer: Layer, device_of: DeviceOf
) -> None:
    do = GpuEngine(device_of("float64"))
    with pytest.raises(NotImplementedError, match="Expected dense layers to record"):
        do.record(1, lambda: layer.forward(np.ones((1, 1, 1, 1)), do))
