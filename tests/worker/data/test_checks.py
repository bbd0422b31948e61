from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from worker.data.checks import Finding, examine, half_width


def rows_of_noise(rows: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (rows, 2, 2, 3), dtype=np.uint8)


@pytest.fixture
def train_x() -> np.ndarray:
    return rows_of_noise(200, seed=1)


@pytest.fixture
def test_x() -> np.ndarray:
    return rows_of_noise(100, seed=2)


def examined(
    folder: Path,
    train: np.ndarray,
    test: np.ndarray,
    counts: tuple[int, ...] = (100, 100),
) -> list[Finding]:
    np.save(folder / "train_x.npy", train)
    np.save(folder / "test_x.npy", test)
    classes = [f"class {label}" for label in range(len(counts))]
    return examine(folder, classes, {"train": counts, "test": [len(test)]})


def test_a_good_dataset_has_no_findings(
    tmp_path: Path, train_x: np.ndarray, test_x: np.ndarray
) -> None:
    assert examined(tmp_path, train_x, test_x) == []


@pytest.mark.parametrize(
    ("counts", "rare"),
    [
        ((20, 180), None),
        ((181, 19), "class 1"),
        ((200, 0), "class 1"),
        ((20,) * 10, None),
        ((49,) * 4 + (4,), "class 4"),
    ],
)
def test_a_rare_class_is_a_warning(
    tmp_path: Path,
    train_x: np.ndarray,
    test_x: np.ndarray,
    counts: tuple[int, ...],
    rare: str | None,
) -> None:
    found = examined(tmp_path, train_x, test_x, counts)
    assert [finding["severity"] for finding in found] == ["warning"] * (rare is not None)
    assert all(f"Class {rare!r} has" in finding["message"] for finding in found)


def test_few_test_rows_are_told_with_what_they_can_measure(
    tmp_path: Path, train_x: np.ndarray, test_x: np.ndarray
) -> None:
    (finding,) = examined(tmp_path, train_x, test_x[:50])
    assert finding["code"] == "few_test_rows"
    assert finding["message"].startswith("50 test rows measure an accuracy only to within 13 ")


def test_pictures_in_both_splits_are_counted(
    tmp_path: Path, train_x: np.ndarray, test_x: np.ndarray
) -> None:
    test_x[3:6] = train_x[7]
    (finding,) = examined(tmp_path, train_x, test_x)
    assert (finding["code"], finding["severity"]) == ("duplicates_across_splits", "warning")
    assert finding["message"].startswith("Of 100 test pictures, 3 can be found")


def test_constant_features_are_counted(
    tmp_path: Path, train_x: np.ndarray, test_x: np.ndarray
) -> None:
    train_x[:, 0, 0] = 7
    (finding,) = examined(tmp_path, train_x, test_x)
    assert finding["message"].startswith("3 of 12 features")


@pytest.mark.parametrize("rows", [1, 50, 10_000])
def test_the_half_width_solves_wilsons_equation(rows: int) -> None:
    # The ends p of the interval around 1/2 satisfy |1/2 - p| = z sqrt(p (1 - p) / n).
    p = 0.5 - half_width(rows)
    assert 0.5 - p == pytest.approx(1.959964 * sqrt(p * (1 - p) / rows))
