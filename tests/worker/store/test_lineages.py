import json
from pathlib import Path

import pytest

from tests.worker.working import at_once
from worker.store.lineages import Entry, Lineages

UPLOAD = "ds_" + "1" * 32


@pytest.fixture
def lineages(tmp_path: Path) -> Lineages:
    return Lineages(tmp_path)


def always(dataset_id: str) -> bool:
    return True


def test_versions_are_numbered_from_two_and_listed_newest_first(lineages: Lineages) -> None:
    assert lineages.entries(UPLOAD) == []
    made = [lineages.reserve(UPLOAD, f"ds_{n}", f"asked {n}", always) for n in range(10)]
    assert [entry.version for entry in made] == [*range(2, 12)]
    assert lineages.entries(UPLOAD) == made[::-1]


def test_what_was_asked_for_before_is_answered_by_it(lineages: Lineages) -> None:
    first = lineages.reserve(UPLOAD, "ds_a", "the same", always)
    assert lineages.reserve(UPLOAD, "ds_b", "the same", always) == first
    failed = lineages.reserve(UPLOAD, "ds_c", "the same", lambda found: found != "ds_a")
    assert failed == Entry(3, "ds_c", "the same")
    assert lineages.reserve(UPLOAD, "ds_d", "the same", always) == failed


def test_who_asks_at_once_gets_one_version_for_the_same_and_numbers_of_their_own(
    lineages: Lineages,
) -> None:
    def ask(place: int) -> Entry:
        return lineages.reserve(UPLOAD, f"ds_{place}", f"asked {place % 4}", always)

    made = at_once(*(lambda place=place: ask(place) for place in range(16)))
    assert {entry.version for entry in made} == {2, 3, 4, 5}
    assert len({entry.id for entry in made}) == 4
    assert sorted(made) == sorted(lineages.entries(UPLOAD) * 4)


def test_nothing_half_made_is_seen_or_left(lineages: Lineages, tmp_path: Path) -> None:
    (tmp_path / UPLOAD).mkdir()
    (tmp_path / UPLOAD / "2.json").write_text(json.dumps({"id": "ds_a", "asked": "x"}))
    (tmp_path / UPLOAD / ".3.json.00000000.part").write_text("{")
    assert [entry.version for entry in lineages.entries(UPLOAD)] == [2]
    lineages.forget(UPLOAD)
    lineages.forget(UPLOAD)
    assert [*tmp_path.iterdir()] == []
