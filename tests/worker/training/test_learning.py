"""The built-in pictures need a network: one layer of weights cannot tell them apart well."""

import pytest

from tests.worker.training.watching import RecordingWatcher
from worker.data import sketches
from worker.data.dataset import Dataset, Split
from worker.spec import DenseSpec, JobSpec, SGDSpec
from worker.training.fit import train

ID = "ds_" + "0" * 32


@pytest.fixture(scope="module")
def pictures() -> Dataset:
    drawn = sketches.draw()
    splits = {
        "train": Split.whole(drawn.train_x, drawn.train_y),
        "test": Split.whole(drawn.test_x, drawn.test_y),
    }
    return Dataset(ID, "", list(sketches.CLASSES), [64, 64, 3], {}, splits)


def accuracy(pictures: Dataset, hidden_units: list[int], seed: int) -> float:
    """On the test rows, after a hundred epochs of stochastic gradient descent."""
    network = DenseSpec(hidden_units=hidden_units)
    spec = JobSpec(dataset=ID, network=network, optimizer=SGDSpec(learning_rate=0.01), seed=seed)
    result = train(spec, pictures, RecordingWatcher()).result
    return float(result["test"]["accuracy"])


@pytest.mark.parametrize("seed", [1, 2])
def test_four_layers_see_what_logistic_regression_cannot(pictures: Dataset, seed: int) -> None:
    logistic = accuracy(pictures, [], seed)
    assert 0.60 <= logistic <= 0.85
    assert accuracy(pictures, [20, 7, 5], seed) >= logistic + 0.08
