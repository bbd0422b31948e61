import pytest

from tests.worker.training.starting import NETWORKS, origin_of, spec
from worker.training.origin import Origin


@pytest.fixture(scope="module", params=NETWORKS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def origin(kind: str) -> Origin:
    return origin_of(spec(NETWORKS[kind]))
