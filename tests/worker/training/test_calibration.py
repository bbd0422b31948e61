import numpy as np
import pytest
from numpy.testing import assert_allclose

from worker.nn.losses import LOGISTIC, SOFTMAX, Loss
from worker.training.calibration import calibrated


@pytest.mark.parametrize(("loss", "units"), [(LOGISTIC, 1), (SOFTMAX, 5)])
@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.7])
def test_it_is_what_the_divided_logits_stand_for(
    loss: Loss, units: int, temperature: float
) -> None:
    logits = np.random.default_rng(1).normal(size=(50, units)) * 9
    expected = loss.probabilities(logits / temperature)
    found = calibrated(loss.probabilities(logits), temperature)
    assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_what_is_certain_stays_so_whatever_the_temperature() -> None:
    assert calibrated(np.array([[1.0, 0.0]]), 20.0).tolist() == [[1.0, 0.0]]
