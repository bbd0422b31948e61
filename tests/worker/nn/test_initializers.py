import pytest

from worker.nn import initializers
from worker.nn.backend import Purpose, generator


@pytest.mark.parametrize(
    ("name", "variance"), [("he", 2 / 400), ("xavier", 1 / 400), ("glorot", 2 / (400 + 300))]
)
def test_the_variance_is_the_papers(name: str, variance: float) -> None:
    W = getattr(initializers, name)(generator(1, Purpose.START), 400, 300)
    assert W.shape == (400, 300)
    # The variance of 120,000 draws is known to within about 0.4 %: five times that.
    assert W.var() == pytest.approx(variance, rel=0.02)
    assert abs(W.mean()) < 5 * (variance / W.size) ** 0.5
