"""A tenth of the siege: whatever comes from outside, others are served. `make siege` does all."""

from collections.abc import Iterator

import pytest

from tests.siege.attack import ATTACKS
from tests.siege.runs import Besieged, besieged, quick


@pytest.fixture(scope="module")
def places() -> dict[str, list[str]]:
    return quick()


@pytest.fixture(scope="module")
def service(places: dict[str, list[str]]) -> Iterator[Besieged]:
    with besieged(*places) as service:
        yield service


@pytest.mark.parametrize("attack", [name for name, attack in ATTACKS.items() if attack.quick])
def test_the_service_endures(attack: str, places: dict[str, list[str]], service: Besieged) -> None:
    if not any(attack in names for names in places.values()):
        pytest.skip("needs to mount a small disk, as root may")
    assert not service.endure(attack).breaches
