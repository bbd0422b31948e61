from pathlib import Path

import pytest

from worker.nn import backend_cache


def test_kernels_of_another_source_are_kept_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend_cache, "HERE", tmp_path)
    folders = []
    for source in ("one", "another"):
        (tmp_path / "backend_kernels.py").write_text(source)
        folders.append(backend_cache.folder("place"))
    (tmp_path / "layers.py").write_text("no kernel")
    assert folders[0] != folders[1] == backend_cache.folder("place")


def test_they_are_where_the_variable_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert backend_cache.folder().parent == tmp_path


def test_a_precision_is_missing_until_its_mark_is_there(tmp_path: Path) -> None:
    backend_cache.mark("float64", str(tmp_path)).parent.mkdir()
    backend_cache.mark("float64", str(tmp_path)).touch()
    assert backend_cache.missing(str(tmp_path)) == ["float32"]
