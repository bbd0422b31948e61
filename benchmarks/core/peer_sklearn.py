"""Scikit-learn's MLPClassifier, used as its documentation says."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks.core.workloads import Training, Workload


def sklearn(workload: Workload) -> Training:
    """It draws its own batches, so its losses come near the others' and no nearer."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    X, y = workload.inputs()
    model = started(workload, X, y)
    for epochs in workload.turns():
        if workload.whole:
            # Every call looks through all rows first: one call, then, for all the epochs of a turn.
            model.set_params(max_iter=len(epochs)).fit(X, y)
        else:
            # Here fit would begin Adam anew; a call goes through all rows once, in batches.
            for _ in epochs:
                model.partial_fit(X, y)
        yield lambda: [
            p for pair in zip(model.coefs_, model.intercepts_, strict=True) for p in pair
        ]


def started(workload: Workload, X: np.ndarray, y: np.ndarray) -> MLPClassifier:
    """A model with the starting weights of all."""
    model = MLPClassifier(
        workload.widths[1:-1],
        solver=workload.optimizer,
        alpha=0,
        batch_size=workload.batch,
        learning_rate_init=workload.learning_rate,
        shuffle=not workload.whole,
        random_state=1,
        tol=0,
        n_iter_no_change=np.inf,
        momentum=0,
        warm_start=True,
    )
    # Its arrays are there after a first step, which the starting weights then undo.
    first = slice(workload.batch)
    model.partial_fit(X[first], y[first], classes=np.arange(workload.classes))
    params = workload.weights()
    for W, b, start in zip(model.coefs_, model.intercepts_, range(0, len(params), 2), strict=True):
        W[...], b[...] = params[start : start + 2]
    return model
