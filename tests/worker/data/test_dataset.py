import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.data import dataset
from worker.data.dataset import Split


def split_of(labels: list[int]) -> Split:
    """One number a row: its own."""
    return Split.whole(np.arange(len(labels), dtype=np.uint8)[:, None], np.array(labels))


@given(
    labels=st.lists(st.integers(0, 3), min_size=1, max_size=60),
    fraction=st.floats(0, 0.9),
    seed=st.integers(0, 2**63 - 1),
)
def test_a_division_loses_no_row_and_no_class(
    labels: list[int], fraction: float, seed: int
) -> None:
    whole = split_of(labels)
    rest, chosen = whole.divided(fraction, seed)
    assert sorted([*rest.index, *chosen.index]) == list(range(len(labels)))
    assert set(rest.y) == set(labels)
    assert set(chosen.y) == {label for label in labels if labels.count(label) > 1}


@pytest.mark.parametrize(
    ("fraction", "expected"), [(0.25, [25, 5]), (0.1, [10, 2]), (0.9, [90, 18])]
)
def test_the_share_is_that_of_each_class(fraction: float, expected: list[int]) -> None:
    _, chosen = split_of([0] * 100 + [1] * 20).divided(fraction, seed=1)
    assert np.bincount(chosen.y).tolist() == expected


def test_a_class_with_one_row_stays_in_training() -> None:
    rest, chosen = split_of([0, 0, 0, 0, 1]).divided(0.5, seed=1)
    assert 1 in rest.y
    assert 1 not in chosen.y


def test_a_seed_divides_alike_and_another_otherwise() -> None:
    first, again, other = (split_of([0, 1] * 50).divided(0.3, seed)[1].index for seed in (1, 1, 2))
    assert first.tolist() == again.tolist() != other.tolist()


def test_rows_keep_their_samples_and_labels() -> None:
    labels = [0, 1, 2] * 10
    for part in split_of(labels).divided(0.4, seed=1):
        assert part.samples(slice(0, None))[:, 0].tolist() == part.index.tolist()
        assert [labels[row] for row in part.index] == part.y.tolist()


def test_the_pieces_are_all_rows_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "BLOCK_BYTES", 8 * 4)  # of float64: four rows of one number
    rest, _ = split_of([0, 1] * 10).divided(0.5, seed=1)
    blocks = list(rest.blocks())
    assert [len(block) for block in blocks] == [4, 4, 2]
    assert np.concatenate(blocks)[:, 0].tolist() == rest.index.tolist()


def test_no_rows_have_no_pieces() -> None:
    assert list(split_of([]).blocks()) == []
