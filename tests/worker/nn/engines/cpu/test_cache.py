import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from worker.nn.engines.cpu import cache


def test_kernels_of_another_source_are_kept_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "CORE", tmp_path)
    (tmp_path / "engines" / "cpu").mkdir(parents=True)
    folders = []
    for source in ("one", "another"):
        (tmp_path / "engines" / "cpu" / "kernels.py").write_text(source)
        folders.append(cache.folder(tmp_path))
    (tmp_path / "layers.py").write_text("no kernel")
    assert folders[0] != folders[1] == cache.folder(tmp_path)


def another_processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cpuinfo").write_text("model name : Abacus\nflags : add carry\n\n")
    monkeypatch.setattr(cache, "CPUINFO", tmp_path / "cpuinfo")


def another_numba(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "version", "of {}".format)


def another_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CPU_NAME", "generic")


@pytest.mark.parametrize("change", [another_processor, another_numba, another_target])
def test_kernels_that_numba_would_not_load_do_not_count_as_compiled(
    change: Callable[[Path, pytest.MonkeyPatch], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for precision in cache.PRECISIONS:
        cache.mark(precision, tmp_path).parent.mkdir(exist_ok=True)
        cache.mark(precision, tmp_path).touch()
    assert cache.missing(tmp_path) == []
    change(tmp_path, monkeypatch)
    assert cache.missing(tmp_path) == ["float32", "float64"]


def test_how_fast_a_processor_runs_just_now_is_nothing_to_go_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "CPUINFO", tmp_path / "cpuinfo")
    said = []
    for speed in ("800", "4000"):
        text = f"processor : 0\nflags\t\t: avx2 fma\ncpu MHz : {speed}\n\nprocessor : 1\n"
        (tmp_path / "cpuinfo").write_text(text)
        said.append(cache.processor())
    assert said[0] == said[1]
    assert "avx2" in said[0]


def test_without_a_word_of_the_system_the_machine_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "CPUINFO", tmp_path / "none")
    assert cache.processor().strip()


def test_they_are_where_the_variable_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PURR_KERNEL_DIR", str(tmp_path))
    assert cache.folder().parent == tmp_path


def test_a_precision_is_missing_until_its_mark_is_there(tmp_path: Path) -> None:
    cache.mark("float64", tmp_path).parent.mkdir()
    cache.mark("float64", tmp_path).touch()
    assert cache.missing(tmp_path) == ["float32"]


def test_who_compiles_second_waits_for_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PURR_KERNEL_DIR", str(tmp_path))
    cache.folder().mkdir()
    told: list[str] = []

    def compile_too() -> None:
        with cache.alone():
            told.append("second")

    second = threading.Thread(target=compile_too)
    with cache.alone():
        second.start()
        second.join(0.2)  # in which it would come first, if it could
        told.append("first")
    second.join(30)
    assert told == ["first", "second"]


def test_what_cuda_compiles_stays_in_the_data_folder_unless_it_is_said_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUPY_CACHE_DIR", raising=False)
    assert cache.cuda_place(tmp_path) == {"CUPY_CACHE_DIR": f"{tmp_path}/cuda"}
    monkeypatch.setenv("CUPY_CACHE_DIR", "/elsewhere")
    assert cache.cuda_place(tmp_path) == {"CUPY_CACHE_DIR": "/elsewhere"}
