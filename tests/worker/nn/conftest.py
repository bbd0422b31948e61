"""What tests of the engine may ask for."""

from collections.abc import Iterator

import pytest

from worker.nn.engines.cpu import engine


@pytest.fixture(scope="module")
def no_step_is_small() -> Iterator[None]:
    """All threads of an engine work, even where one alone would be faster."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "ALONE", -1)
        yield
