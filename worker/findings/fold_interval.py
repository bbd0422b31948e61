"""How far an accuracy over folds may be from its true value, at 95 % confidence."""

from collections.abc import Sequence
from statistics import variance

from worker.findings.intervals import interval_of_share


def fold_interval(
    accuracy: float, rows: int, spread: float, by_fold: Sequence[float], folds: int
) -> tuple[float, float]:
    """Returns the ends of the interval in which the true accuracy of such networks lies, both from
    0 to 1.

    It is Wilson's, of as many rows as would leave the accuracy with this variance,

        V = max((1 + q) spread, (1/J + q) S²),   q = 1 / (folds - 1),

    where S² is the variance of the J accuracies of the folds in all repeats, and q the rows that a
    training holds out for each one that it learns from. Two trainings share nearly all of their
    rows, so that their accuracies are no independent numbers: q is what that adds, however often
    it is repeated. Neither term alone is enough: the first does not see that whole folds differ,
    the second is made of few numbers. More rows than there are never count.

    Args:
        accuracy: the mean over all rows.
        rows: those that differ; at least two.
        spread: the variance of that mean, if rows were drawn and the networks were not: of each row
            the mean over all repeats is one number.
        by_fold: the accuracy of each fold in each repeat.
        folds: in a repeat.

    Source: the correction is that of Nadeau and Bengio, Inference for the generalization error,
    2003, for repeated folds as in Bouckaert and Frank, Evaluating the replicability of significance
    tests for comparing learning algorithms, 2004; that no estimate of V is unbiased, in Bengio and
    Grandvalet, No unbiased estimator of the variance of k-fold cross-validation, 2004. How often it
    covers the truth benchmarks/learning/fold_intervals.py measures.
    """
    shared = 1 / (folds - 1)
    found = max((1 + shared) * spread, (1 / len(by_fold) + shared) * variance(by_fold))
    known = accuracy * (1 - accuracy) / found if found else rows / (1 + shared)
    # Where the accuracy is 0 or 1, nothing is seen of any variance.
    return interval_of_share(accuracy, min(known, rows) or rows / (1 + shared))
