from collections.abc import Callable

import pytest

from tests.worker.doctor.patients import net, patched, spec_of
from worker.doctor import remedies
from worker.findings.finding import Patch
from worker.spec import JobSpec


@pytest.mark.parametrize("remedy", [remedies.fitting_start, remedies.bend, remedies.plain])
def test_starting_weights_that_fit_have_no_scale(remedy: Callable[[JobSpec], Patch]) -> None:
    network = net(4, activation="identity", initializer="normal", initializer_scale=3.0)
    spec = spec_of(network=network)
    assert patched(spec, remedy(spec)).network.initializer_scale == 1
