"""From where on curves are apart."""

import pytest

from worker.findings.parting import Curve, parting


@pytest.mark.parametrize(
    ("curves", "place"),
    [
        ([[1.0, 0.9, 0.5, 0.2], [1.0, 0.9, 0.8, 0.6]], 2),
        ([[1.0, 0.5], [1.0, 0.5]], None),
        ([[1.0, 0.5], [2.0, 0.5]], None),  # they end together
        ([[1.0, 0.5, 0.2], [2.0, 0.5, 0.3]], 2),  # were together once more
        ([[2.0, 2.0, 0.1], [1.0, 1.0, None]], 0),  # as far as both go
        ([[None, 1.0], [1.0, 1.05]], None),
        ([[0.0, 0.0], [0.0, 0.0]], None),
        ([[1.0], [1.0], [0.5]], 0),
        ([[], []], None),
    ],
)
def test_where_they_part(curves: list[Curve], place: int | None) -> None:
    assert parting(curves) == place
