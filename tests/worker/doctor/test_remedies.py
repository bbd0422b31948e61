from collections.abc import Callable

import pytest

from tests.worker.doctor.patients import net, patched, spec_of
from worker.doctor import remedies
from worker.findings.finding import Patch
from worker.spec import JobSpec

LAYERS = {"kind": "layers", "layers": [{"kind": "dense", "units": 4}, {"kind": "activation"}]}


@pytest.mark.parametrize("remedy", [remedies.fitting_start, remedies.bend, remedies.plain])
def test_starting_weights_that_fit_have_no_scale(remedy: Callable[[JobSpec], Patch]) -> None:
    network = net(4, activation="identity", initializer="normal", initializer_scale=3.0)
    spec = spec_of(network=network)
    assert patched(spec, remedy(spec)).network.initializer_scale == 1


@pytest.mark.parametrize(
    ("path", "kept"),
    [("/network/dropout", False), ("/network/initializer", True), ("/epochs", True)],
)
def test_what_a_kind_of_network_has_not_cannot_be_changed(path: str, kept: bool) -> None:
    patch = remedies.replace(path, 0)
    assert remedies.applicable(patch, spec_of(network=LAYERS)) == (patch if kept else [])


def test_of_what_a_network_has_not_nothing_differs() -> None:
    wanted = {"/network/dropout": 0.5, "/network/initializer": "zeros"}
    found = remedies.differing(spec_of(network=LAYERS), wanted)
    assert [change["path"] for change in found] == ["/network/initializer"]


@pytest.mark.parametrize(("fraction", "watched"), [(0.0, remedies.WATCHED), (0.3, 0.3)])
def test_early_stopping_comes_with_rows_to_watch(fraction: float, watched: float) -> None:
    spec = spec_of(network=net(4), validation_fraction=fraction)
    stopped = patched(spec, remedies.stopped_early(spec))
    assert (stopped.validation_fraction, stopped.early_stopping is None) == (watched, False)
