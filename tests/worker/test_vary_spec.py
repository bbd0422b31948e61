"""What may differ between the candidates of a sweep."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from worker.spec.vary import VarySpec, different, grid_size

VARY: TypeAdapter[Any] = TypeAdapter(VarySpec)


def vary(**parts: Any) -> Any:
    """With __ for the dot of a path."""
    return VARY.validate_python({path.replace("__", "."): part for path, part in parts.items()})


def span(low: float, high: float, **more: Any) -> dict[str, Any]:
    return {"from": low, "to": high, **more}


def test_a_range_is_divided_by_its_scale() -> None:
    found = vary(
        optimizer__learning_rate=span(1e-4, 1e-1, scale="log", count=4),
        network__dropout=span(0, 0.5, count=3),
        epochs=span(1, 10, count=4, integer=True),
    )
    points = [part.points for part in found.values()]
    assert points == [[1e-4, 1e-3, 1e-2, 1e-1], [0, 0.25, 0.5], [1, 4, 7, 10]]
    assert all(isinstance(each, int) for each in points[2])
    assert (grid_size(found), different(found)) == (48, 48)


def test_whole_numbers_are_such_where_nobody_asks_for_them() -> None:
    (part,) = vary(batch_size=span(16, 128, scale="log", count=4)).values()
    assert str(part.points) == "[16, 32, 64, 128]"


def test_of_a_range_with_a_count_only_its_points_are_drawn() -> None:
    (part,) = vary(network__dropout=span(0, 0.5, count=3)).values()
    assert [part.drawn(share) for share in (0, 0.3, 0.4, 0.6, 0.7, 0.999)] == [
        0,
        0,
        0.25,
        0.25,
        0.5,
        0.5,
    ]


def test_what_is_stored_can_be_read_again() -> None:
    found = vary(epochs=span(1, 3, integer=True), batch_size={"values": ["all", 1]})
    assert VARY.validate_python(VARY.dump_python(found)) == found


def test_numbers_between_two_ends_have_no_end_unless_they_are_whole_or_counted() -> None:
    assert different(vary(network__dropout=span(0, 0.5))) is None
    assert different(vary(network__dropout=span(0, 0.5, count=3))) == 3
    assert different(vary(epochs=span(2, 6, integer=True))) == 5


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"lr": {"values": [1]}}, "got 'lr'; did you mean optimizer.learning_rate?"),
        ({"optimizer__learning_rte": {"values": [1]}}, "did you mean optimizer.learning_rate?"),
        ({"network__layers__0__unit": {"values": [1]}}, "did you mean network.layers.0.units?"),
        ({"optimizer/learning_rate": {"values": [1]}}, "did you mean optimizer.learning_rate?"),
        ({"qqq": {"values": [1]}}, "got 'qqq'; GET /v1/schema/job has them all"),
        ({"seed": {"values": [1, 2]}}, "cannot vary: it decides which rows validate"),
        ({"start_from__job": {"values": [1, 2]}}, "expected a field of a job"),
        ({"tags": {"values": [[]]}}, "cannot vary: it changes nothing of how a network learns"),
        ({"epochs": [1, 2]}, '{"values": […]} or {"from": …, "to": …}, got [1, 2]'),
        ({"epochs": {}}, '{"values": […]} or {"from": …, "to": …}, got {}'),
        ({"epochs": {"values": [1, 1]}}, "expected values that differ, got 1 twice"),
        ({"epochs": {"values": []}}, "at least 1 item"),
        ({"epochs": {"values": [1], "to": 2}}, "Extra inputs are not permitted"),
        ({"epochs": {"from": 1}}, "Field required"),
        ({"epochs": span(3, 3)}, "expected more than from, 3, got 3"),
        ({"epochs": span(0, 3, scale="log")}, "log needs a from above 0, got 0"),
        ({"epochs": span(1, 2.5, integer=True)}, "expected whole numbers as from and to, got 2.5"),
        ({"epochs": span(1, 3, integer=True, count=4)}, "different numbers as count, 4, got 3"),
        ({"epochs": span(1, float("inf"))}, "finite number"),
        ({"epochs": span(1, 3, count=101)}, "less than or equal to 100"),
        ({}, "expected at least 1 field that varies and at most 16, got 0; name each"),
        ({str(at): {} for at in range(17)}, "at most 16, got 17"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(parts: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        vary(**parts)
    assert said in refusal.value.errors()[0]["msg"]


def test_a_place_in_a_list_may_vary() -> None:
    assert vary(network__hidden_units__0={"values": [5, 20]})


def test_an_immense_grid_is_refused_without_being_built() -> None:
    immense = {f"network__layers__{at}__units": span(1, 100, count=100) for at in range(16)}
    with pytest.raises(ValueError, match=r"at most 200 candidates, got 100,000,000,000,000"):
        grid_size(vary(**immense))


def test_a_grid_needs_a_count_in_each_range() -> None:
    with pytest.raises(ValueError, match="expected a count in each range of a grid, got none in e"):
        grid_size(vary(epochs=span(1, 3)))
