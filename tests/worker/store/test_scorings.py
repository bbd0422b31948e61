"""Parts of answers: there whole or not at all, and known again by their bytes."""

from pathlib import Path

import pytest

from worker.errors import DamagedScoring, ScoringNotFound
from worker.jsontypes import Json
from worker.store.scorings import ScoringStore

ID = "pred_1"


@pytest.fixture
def kept(tmp_path: Path) -> ScoringStore:
    return ScoringStore(tmp_path)


def published(kept: ScoringStore) -> Json:
    for number in (1, 0):
        kept.keep_part(ID, number, b"%d\n" % number)
    with kept.local_folder(ID) as folder:
        (folder / "results.parquet").write_bytes(b"PAR1")
        return kept.publish(ID, folder, kept.local_parts(ID), {"top": 3})


def test_a_part_that_comes_twice_counts_as_it_was_when_all_was_gathered(
    kept: ScoringStore,
) -> None:
    kept.keep_part(ID, 0, b"first")
    parts = kept.local_parts(ID)
    for late in (b"late", b"later", b"latest"):  # of some the digest sorts before
        kept.keep_part(ID, 0, late)
    assert kept.local_parts(ID) != parts
    with kept.local_folder(ID) as folder:
        made = kept.publish(ID, folder, parts, {})
    assert b"".join(kept.blocks(ID, made)) == b"first"


def test_parts_are_read_in_their_order(kept: ScoringStore) -> None:
    made = published(kept)
    assert kept.manifest(ID) == made
    assert b"".join(kept.blocks(ID, made)) == b"0\n1\n"
    with kept.file(ID, made, "results.parquet") as file:
        assert file.read() == b"PAR1"


@pytest.mark.parametrize("damage", [b"?\n", None])
def test_a_part_that_was_damaged_is_no_answer(
    kept: ScoringStore, tmp_path: Path, damage: bytes | None
) -> None:
    made = published(kept)
    second = tmp_path / ID / "results" / made["parts"][1]
    second.unlink() if damage is None else second.write_bytes(damage)
    found = kept.blocks(ID, made)
    assert next(found) == b"0\n"
    with pytest.raises(DamagedScoring, match="Score the dataset again"):
        next(found)
    assert not kept.has_part(ID, 1)
    assert kept.has_part(ID, 0)


def test_so_is_a_file(kept: ScoringStore, tmp_path: Path) -> None:
    made, path = published(kept), tmp_path / ID / "results" / "results.parquet"
    path.write_bytes(b"PAR2")
    with pytest.raises(DamagedScoring):
        kept.file(ID, made, path.name)
    kept.drop(ID)
    with pytest.raises(ScoringNotFound):
        kept.file(ID, made, path.name)
    assert not kept.has(ID)
    assert kept.manifest(ID) is None


def test_of_two_parts_of_one_number_one_counts(kept: ScoringStore) -> None:
    kept.keep_part(ID, 0, b"0\n")
    kept.keep_part(ID, 0, b"by another machine\n")
    made = published(kept)
    assert len(made["parts"]) == 2


def test_what_a_killed_process_was_writing_goes(kept: ScoringStore, tmp_path: Path) -> None:
    made, results = published(kept), tmp_path / ID / "results"
    (results / "00000002.x.ndjson.part").write_bytes(b"half")
    (results / ".made.x.part").mkdir()
    kept.share(ID)  # as if it had died before it ended that
    assert not kept.is_shared(ID)
    kept.drop_leftovers(-1)
    assert {path.name for path in results.iterdir()} == {
        "manifest.json", "results.parquet", *made["parts"]
    }  # fmt: skip
