from collections.abc import Iterator

import pytest

from tests.service.peer import Peer, serving


@pytest.fixture
def peer() -> Iterator[Peer]:
    with serving() as peer:
        yield peer
