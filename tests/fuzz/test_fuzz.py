"""Some changed files for each reader; `make fuzz` has far more of them, and other means."""

import pytest

from tests.fuzz.mutations import mutants, tally
from tests.fuzz.readers import READERS, Reader

FILES, SECONDS, SEED = 150, 2.0, 1


@pytest.mark.parametrize("name", READERS)
def test_what_is_sound_is_read(name: str) -> None:
    for data in READERS[name].seeds():
        READERS[name].read(data)


@pytest.mark.parametrize("name", READERS)
def test_changed_files_are_read_or_refused(name: str) -> None:
    reader = READERS[name]
    found = tally(reader, mutants(reader.seeds(), SEED), FILES, SECONDS)
    assert found.read
    assert not found.faults


def test_a_reader_that_fails_is_noticed() -> None:
    def careless(data: bytes) -> None:
        data.decode("ascii")

    reader = Reader(careless, lambda: [b"sound"])
    found = tally(reader, mutants([b"sound"], SEED), FILES, SECONDS)
    assert found.faults
    assert "UnicodeDecodeError" in found.faults[0]
