"""A page of a job's metrics is found and read without the rest of them."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.long_job import EPOCHS, write_long
from worker.store.metrics_page import BLOCK_BYTES, Lines, MetricsPage

# Asks for a page of this file, and says how much more memory the process has taken for it, in KiB.
ASK = """
import sys
from pathlib import Path
from tests.long_job import most_kib
from worker.store.metrics_page import MetricsPage

path, after, limit = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) or None
before = most_kib()
size = sum(map(len, MetricsPage(path, after, limit).blocks()))
print(size, most_kib() - before)
"""


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The metrics of a very long job."""
    return write_long(tmp_path_factory.mktemp("long") / "metrics.1.jsonl")


def epochs(page: MetricsPage) -> list[int]:
    return [row["epoch"] for row in page.rows()]


def written(folder: Path, text: str) -> Path:
    path = folder / "metrics.1.jsonl"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("after", "limit", "found", "following"),
    [
        (0, 3, [1, 2, 3], 3),
        (499_999, 2, [500_000, 500_001], 500_001),
        (EPOCHS - 3, 2, [EPOCHS - 2, EPOCHS - 1], EPOCHS - 1),
        (EPOCHS - 2, 2, [EPOCHS - 1, EPOCHS], None),
        (EPOCHS - 1, 10_000, [EPOCHS], None),
        (EPOCHS - 1, None, [EPOCHS], None),
        (EPOCHS, 5, [], None),
        (10**30, None, [], None),
    ],
)
def test_a_page_has_the_epochs_behind_the_last_one(
    long: Path, after: int, limit: int | None, found: list[int], following: int | None
) -> None:
    page = MetricsPage(long, after, limit)
    assert (epochs(page), page.next) == (found, following)


def test_a_page_is_the_bytes_of_the_file(long: Path) -> None:
    whole = long.read_bytes()
    blocks = list(MetricsPage(long).blocks())
    assert b"".join(blocks) == whole
    assert all(block.endswith(b"\n") for block in blocks)
    assert max(map(len, blocks)) < 2 * BLOCK_BYTES


@pytest.mark.parametrize(("after", "limit"), [(EPOCHS // 2, 1), (0, 0)])
def test_reading_takes_no_memory_however_many_epochs_there_are(
    long: Path, after: int, limit: int
) -> None:
    command = [sys.executable, "-c", ASK, str(long), str(after), str(limit)]
    root = Path(__file__).parents[3]
    said = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    size, taken_kib = map(int, said.split())
    assert size == len(long.read_bytes()) if limit == 0 else size < 100
    assert taken_kib < 4_096


def test_a_file_that_is_not_there_is_an_empty_page(tmp_path: Path) -> None:
    page = MetricsPage(tmp_path / "metrics.7.jsonl", limit=5)
    assert (page.rows(), page.next) == ([], None)


@pytest.mark.parametrize("text", ["", '{"epoch": 1, "lo'])
def test_without_a_whole_line_there_are_no_rows(tmp_path: Path, text: str) -> None:
    page = MetricsPage(written(tmp_path, text), limit=5)
    assert (page.rows(), page.next) == ([], None)


def test_a_line_that_is_half_written_does_not_count(tmp_path: Path) -> None:
    half = "x" * 3 * BLOCK_BYTES
    path = written(tmp_path, '{"epoch": 1}\n{"epoch": 2}\n{"epoch": 3, "' + half)
    page = MetricsPage(path, limit=2)
    assert (epochs(page), page.next) == ([1, 2], None)
    assert epochs(MetricsPage(path, after=2)) == []


def test_what_is_written_while_a_page_is_read_belongs_to_the_next(tmp_path: Path) -> None:
    path = written(tmp_path, "".join(f'{{"epoch": {n}}}\n' for n in range(1, 20_001)))
    page = MetricsPage(path)
    blocks = page.blocks()
    begun = next(blocks)
    with path.open("a") as file:
        file.write('{"epoch": 20001}\n{"epo')
    read = begun + b"".join(blocks)
    assert [json.loads(line)["epoch"] for line in read.splitlines()] == list(range(1, 20_001))
    assert epochs(MetricsPage(path, after=20_000)) == [20_001]


gaps = st.lists(st.integers(1, 3), max_size=60)
lengths = st.lists(
    st.one_of(st.integers(0, 40), st.just(BLOCK_BYTES + 7)), min_size=60, max_size=60
)


@given(steps=gaps, lengths=lengths, half=st.booleans(), after=st.integers(0, 200))
def test_halving_the_file_finds_what_reading_all_of_it_finds(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[int],
    lengths: list[int],
    half: bool,
    after: int,
) -> None:
    lines: list[str] = []
    starts: list[tuple[int, int]] = []
    epoch = 0
    for step, length in zip(steps, lengths, strict=False):
        epoch += step
        starts.append((epoch, sum(map(len, lines))))
        lines.append(json.dumps({"epoch": epoch, "pad": "x" * length}) + "\n")
    text = "".join(lines)
    path = written(tmp_path_factory.mktemp("rows"), text + '{"epoch": 9' * half)
    with path.open("rb") as file:
        found = Lines(file).behind(after)
    assert found == next((start for epoch, start in starts if epoch > after), len(text))


@given(count=st.integers(0, 50), limit=st.integers(1, 12))
def test_the_pages_one_after_the_other_have_every_epoch_once(
    tmp_path_factory: pytest.TempPathFactory, count: int, limit: int
) -> None:
    text = "".join(f'{{"epoch": {n}}}\n' for n in range(1, count + 1))
    path = written(tmp_path_factory.mktemp("rows"), text)
    pages = [MetricsPage(path, 0, limit)]
    while (following := pages[-1].next) is not None:
        pages.append(MetricsPage(path, following, limit))
    found = [epochs(page) for page in pages]
    assert [epoch for page in found for epoch in page] == list(range(1, count + 1))
    assert all(len(page) == limit for page, _ in pairwise(found))
