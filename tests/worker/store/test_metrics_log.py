import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from worker.errors import StoreFull
from worker.store import thinning
from worker.store.metrics_log import MetricsLog, line_of

LAYERS = [{"weight_norm": 1.5}, {"weight_norm": 2.5}]


@pytest.fixture(autouse=True)
def soon_thin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two layers, the first four epochs are kept whole, and then every second, fourth, …"""
    monkeypatch.setattr(thinning, "WHOLE", 8)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "job" / "metrics.1.jsonl"


def row(epoch: int) -> dict[str, Any]:
    return {"epoch": epoch, "gradient_norms": [1.0, 0.5], "layers": LAYERS, "seconds": 0.25}


def found(path: Path) -> Iterator[tuple[int, bool]]:
    """The epochs in the file, and whether each has its layers."""
    for line in path.read_text().splitlines():
        written = json.loads(line)
        assert written.keys() == row(1).keys()
        assert (written["gradient_norms"] is None) == (written["layers"] is None)
        yield written["epoch"], written["layers"] is not None


def test_a_row_is_a_line_without_a_space() -> None:
    line = b'{"epoch":1,"gradient_norms":[1.0,0.5],"layers":[{},null],"seconds":0.25}\n'
    assert line_of({**row(1), "layers": [{}, None]}) == line


@pytest.mark.parametrize("epochs", [1, 4, 5, 9, 13, 20])
def test_of_a_long_job_some_rows_keep_the_layers_and_the_last_one_does(
    path: Path, epochs: int
) -> None:
    with MetricsLog(path) as log:
        for epoch in range(1, epochs + 1):
            log.write(row(epoch))
    kept = {1, 2, 3, 4, 6, 8, 12, 16, epochs}
    assert list(found(path)) == [(n, n in kept) for n in range(1, epochs + 1)]


def test_a_row_that_may_be_the_last_waits_for_the_next(path: Path) -> None:
    with MetricsLog(path) as log:
        for epoch, written in [(4, [4]), (5, [4]), (6, [4, 5, 6]), (7, [4, 5, 6])]:
            log.write(row(epoch))
            log.sync()
            assert [n for n, _ in found(path)] == written


def test_a_log_goes_on_behind_what_another_has_written(path: Path) -> None:
    with MetricsLog(path) as log:
        log.copy([line_of(row(1)) + line_of(row(2)), line_of(row(3))])
        log.write(row(4))
    assert path.read_bytes() == b"".join(line_of(row(n)) for n in range(1, 5))


def test_a_disk_that_is_full_is_named() -> None:
    with pytest.raises(StoreFull), MetricsLog(Path("/dev/full")) as log:
        log.write(row(5))
