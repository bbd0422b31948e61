"""What tests of the worker may ask for."""

import pytest

from tests.worker.nn.comparing import DeviceOf
from tests.worker.nn.simulated.device import SimulatedDevice
from worker import run


def cuda() -> DeviceOf:
    cupy = pytest.importorskip("cupy", reason="no graphics processor")
    try:
        cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError:
        pytest.skip("no graphics processor")
    from worker.nn.backend_cuda import Cuda

    return Cuda


@pytest.fixture(params=["simulated", pytest.param("cuda", marks=pytest.mark.gpu)])
def device_of(request: pytest.FixtureRequest) -> DeviceOf:
    """Makes a device for a dtype: one that only keeps CUDA's rules, and one of CUDA's if it can."""
    return cuda() if request.param == "cuda" else SimulatedDevice


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps are taken one by one, and after each of them the watcher is asked."""
    monkeypatch.setattr(run, "AT_ONCE_S", 0.0)
