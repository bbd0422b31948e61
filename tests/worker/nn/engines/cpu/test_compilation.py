import fcntl
import os
import threading
from pathlib import Path

import pytest
from numba.core.caching import IndexDataCacheFile

from worker.nn.engines.cpu import cache, compilation


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for kernels, with none in it."""
    monkeypatch.setattr(cache, "kernel_folder", lambda: tmp_path)
    cache.folder().mkdir()
    return cache.folder()


def test_each_precision_is_compiled_by_a_process_of_its_own(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mark(precision: str) -> None:
        with (place / precision).open("a") as file:
            file.write(f"{os.getpid()}\n")

    monkeypatch.setattr(compilation, "warm_up", mark)
    compilation.load_kernels()
    compilation.load_kernels()  # they are there: no other process
    here = str(os.getpid())
    found = [(place / precision).read_text().split() for precision in cache.PRECISIONS]
    assert [ids[1:] for ids in found] == [[here, here], [here, here]]
    assert len({here, *(ids[0] for ids in found)}) == 3


def test_what_a_process_cannot_compile_is_said_by_the_one_that_needs_it(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = os.getpid()

    def fail(precision: str) -> None:
        if os.getpid() == here:
            raise RuntimeError("no compiler")
        os._exit(1)

    monkeypatch.setattr(compilation, "warm_up", fail)
    with pytest.raises(RuntimeError, match="no compiler"):
        compilation.load_kernels()


def test_a_kernel_is_kept_when_no_other_process_keeps_one(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[object] = []
    monkeypatch.setattr(
        IndexDataCacheFile, "save", lambda index, key, data: kept.append((key, data))
    )
    monkeypatch.setattr(compilation, "die_with", lambda parent: None)
    save = IndexDataCacheFile.save
    index = object.__new__(IndexDataCacheFile)
    monkeypatch.setattr(compilation, "warm_up", lambda precision: index.save(precision, b"code"))
    with (place / "index.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        compiling = threading.Thread(target=compilation._compile, args=("float64", os.getppid()))
        compiling.start()
        compiling.join(0.2)
        assert kept == []
    compiling.join(30)
    assert kept == [("float64", b"code")]
    assert IndexDataCacheFile.save is save
