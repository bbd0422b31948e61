"""Some changed files for each reader; `make fuzz` has far more of them, and other means."""

import pytest

from tests.fuzz.mutations import mutants, tally
from tests.fuzz.readers import READERS, seeds

FILES, SECONDS, SEED = 150, 5.0, 1


@pytest.fixture(scope="module")
def sound() -> dict[str, list[bytes]]:
    return seeds()


@pytest.mark.parametrize("name", READERS)
def test_what_is_sound_is_read(name: str, sound: dict[str, list[bytes]]) -> None:
    for data in sound[name]:
        READERS[name](data)


@pytest.mark.parametrize("name", READERS)
def test_changed_files_are_read_or_refused(name: str, sound: dict[str, list[bytes]]) -> None:
    found = tally(READERS[name], mutants(sound[name], SEED), FILES, SECONDS)
    assert found.read
    assert not found.faults


def test_a_reader_that_fails_is_noticed() -> None:
    def careless(data: bytes) -> None:
        data.decode("ascii")

    found = tally(careless, mutants([b"sound"], SEED), FILES, SECONDS)
    assert found.faults
    assert "UnicodeDecodeError" in found.faults[0]
