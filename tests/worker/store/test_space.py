"""What is asked of the disk under a store."""

from pathlib import Path

from worker.store.space import Space


def test_how_fast_a_file_lasts_is_tried_and_nothing_stays(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    assert Space(tmp_path).writing_s("models", 2**20) > 0
    assert [*tmp_path.rglob("*")] == [tmp_path / "models"]
