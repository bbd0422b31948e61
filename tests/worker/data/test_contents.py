import numpy as np
import pytest

from worker.data.contents import check_classes, check_size, held_out
from worker.errors import CorruptFile, LimitExceeded, WorkerError
from worker.settings import Settings


def test_a_fifth_of_each_class_is_held_out() -> None:
    labels = np.array([0] * 100 + [1] * 10 + [2] * 3)
    chosen = held_out(labels, np.arange(len(labels), dtype=np.uint64), seed=1)
    assert np.bincount(labels[chosen]).tolist() == [20, 2, 1]


def test_the_only_row_of_a_class_stays_in_training() -> None:
    assert not held_out(np.array([0, 1, 2]), np.arange(3, dtype=np.uint64), seed=1).any()


def test_the_seed_decides_which_rows() -> None:
    labels, digests = np.zeros(100, dtype=np.int64), np.arange(100, dtype=np.uint64)
    assert np.array_equal(held_out(labels, digests, 1), held_out(labels, digests, 1))
    assert not np.array_equal(held_out(labels, digests, 1), held_out(labels, digests, 2))


def test_rows_that_are_the_same_stay_on_one_side() -> None:
    labels = np.repeat([0, 1], 60)
    digests = np.array([row // 3 for row in range(60)] + [99] * 60, np.uint64)
    for seed in range(10):
        chosen = held_out(labels, digests, seed)
        assert {chosen[at : at + 3].sum() for at in range(0, 60, 3)} == {0, 3}
        assert chosen[:60].sum() == 12
        assert chosen[60:].sum() == 12  # where all of them are the same, there are no sides


@pytest.mark.parametrize(
    ("names", "error"),
    [
        ([], CorruptFile),
        (["cat"], CorruptFile),
        (["cat", "cat"], CorruptFile),
        (["cat", ""], CorruptFile),
        (["cat", "x" * 257], CorruptFile),
        (["cat", "\u202etac"], CorruptFile),
        (["a", "b", "c", "d"], LimitExceeded),
    ],
)
def test_class_names_that_cannot_be_used_are_refused(
    names: list[str], error: type[WorkerError]
) -> None:
    with pytest.raises(error, match=r"^Expected "):
        check_classes(names, max_classes=3)


def test_sizes_are_multiplied_without_wrapping_around() -> None:
    with pytest.raises(LimitExceeded, match="18,446,744,073,709,551,616"):
        check_size({"train": 1}, (2**32, 2**32), Settings())


def test_a_dataset_exactly_at_its_limits_is_taken() -> None:
    settings = Settings(max_rows=4, max_features=3, max_dataset_bytes=18)
    check_size({"train": 4, "test": 2}, (1, 1, 3), settings)
    check_classes(["cat", "a cat's name"], max_classes=2)
