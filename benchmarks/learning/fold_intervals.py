"""How often intervals of accuracies over folds cover the truth, on data that is drawn.

Two classes, normal around two points, of which as many rows are drawn as one likes: so what a
classifier is worth is known. Each time a small dataset is drawn, folds go over it, and three
intervals are made of what is answered: Wilson's, as if each answer were a row of its own; Wilson's
of the rows; and that of worker.findings.fold_interval. Run it by

    python -m benchmarks.learning.fold_intervals --times 1000
"""

import argparse
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from worker.findings.fold_interval import fold_interval
from worker.findings.intervals import wilson_interval
from worker.training.folds import Pool
from worker.training.held_out import spread_of

Array = NDArray[Any]
Classifier = Callable[[Array], Array]  # the class of each row, (m,), from rows, (m, n)
Interval = tuple[float, float]

CLASSES = ["first", "second"]
TRUTH_ROWS = 4_000  # by which it is measured what a classifier is worth


def discriminant(X: Array, y: Array) -> Classifier:
    """A linear discriminant, its covariance drawn half-way to a ball."""
    means = [X[y == label].mean(axis=0) for label in (0, 1)]
    rests = X - np.where(y[:, None] == 0, *means)
    covariance = rests.T @ rests / len(X)
    ball = np.eye(X.shape[1]) * np.trace(covariance) / X.shape[1]
    w = np.linalg.solve(covariance + ball, means[1] - means[0])
    return lambda rows: (rows @ w > w @ (means[0] + means[1]) / 2).astype(int)


def nearest(X: Array, y: Array) -> Classifier:
    """The class of the nearest row."""
    squares = np.square(X).sum(axis=1)
    return lambda rows: y[np.argmin(squares - 2 * rows @ X.T, axis=1)]


class Case(NamedTuple):
    """What is drawn, and what is done with it."""

    learner: Callable[[Array, Array], Classifier]
    features: int
    apart: float  # half the distance of the two points, in deviations
    rows: int
    folds: int
    repeats: int


LEARNERS = ((discriminant, 5), (discriminant, 40), (nearest, 10))
DIVISIONS = ((2, 1), (5, 1), (5, 4), (10, 1), (20, 1))
CASES = [
    Case(*learner, apart, rows, *division)
    for learner, apart, rows, division in product(LEARNERS, (0.5, 1.5), (40, 100, 300), DIVISIONS)
]


def drawn(case: Case, rows: int, rng: np.random.Generator) -> tuple[Array, Array]:
    y = np.arange(rows) % 2
    X = rng.normal(size=(rows, case.features))
    X[:, 0] += case.apart * (2 * y - 1)
    return X, y


def intervals(case: Case, rng: np.random.Generator) -> Iterator[tuple[Interval, float, float]]:
    """Yields the three intervals of a dataset, each with what the classifiers of the folds are
    worth in the mean, and what the one of all rows is."""
    (X, y), truth = drawn(case, case.rows, rng), drawn(case, TRUTH_ROWS, rng)
    pool = Pool(CLASSES, np.zeros_like(y), np.arange(len(y)), y, np.arange(len(y)))
    share, by_fold, worth = np.zeros(len(y)), list[float](), list[float]()
    for fold_of in [pool.folds(case.folds, rng) for _ in range(case.repeats)]:
        for fold in range(case.folds):
            held = fold_of == fold
            classify = case.learner(X[~held], y[~held])
            right = classify(X[held]) == y[held]
            share[held] += right / case.repeats
            by_fold.append(float(right.mean()))
            worth.append(float((classify(truth[0]) == truth[1]).mean()))
    whole = float((case.learner(X, y)(truth[0]) == truth[1]).mean())
    accuracy = float(share.mean())
    rows, spread = spread_of(share - accuracy, pool.same)
    answers = rows * case.repeats
    for interval in (
        wilson_interval(round(accuracy * answers), answers),
        wilson_interval(round(accuracy * rows), rows),
        fold_interval(accuracy, rows, spread, by_fold, case.folds),
    ):
        yield interval, float(np.mean(worth)), whole


def line(case: Case, times: int, seed: int) -> str:
    """A row of the table: of how many datasets each interval covers the truth, and how wide it is;
    the truth of the folds' classifiers, and for the last one also that of the one of all rows."""
    rng = np.random.default_rng(seed)
    found = np.array([[*intervals(case, rng)] for _ in range(times)], dtype=object)
    ends = np.array([[each[0] for each in row] for row in found], float)
    folds, whole = (np.array([row[0][at] for row in found], float)[:, None] for at in (1, 2))
    covers = ((ends[..., 0] <= folds) & (folds <= ends[..., 1])).mean(axis=0)
    published = ((ends[:, 2, 0] <= whole[:, 0]) & (whole[:, 0] <= ends[:, 2, 1])).mean()
    width = (ends[:, 2, 1] - ends[:, 2, 0]).mean()
    about = (
        case.learner.__name__, case.features, case.rows, case.folds, case.repeats,
        f"{100 * folds.mean():.0f} %", *(f"{100 * share:.0f} %" for share in (*covers, published)),
        f"{100 * width:.0f}",
    )  # fmt: skip
    return f"| {' | '.join(map(str, about))} |"


HEADER = (
    "classifier", "features", "rows", "folds", "repeats", "right", "each answer a row",
    "each row a row", "ours", "ours, of the one of all rows", "points wide",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=1_000, help="datasets for each row")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print(f"| {' | '.join(HEADER)} |")
    print(f"|{'---|' * len(HEADER)}")
    for case in CASES:
        print(line(case, asked.times, asked.seed), flush=True)


if __name__ == "__main__":
    main()
