"""Answers that are cut: they fit, say where, and leave nothing out for good."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.mcp.shortening import shortened

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=300),
    lambda inner: (
        st.lists(inner, max_size=30) | st.dictionaries(st.text(max_size=5), inner, max_size=60)
    ),
    max_leaves=200,
)


def size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def test_what_fits_stays_as_it_is() -> None:
    answer = {"data": [1, 2, {"a": "x" * 50}]}
    assert shortened(answer, 1_000) == (answer, [])


@pytest.mark.parametrize(
    ("answer", "where"),
    [
        ({"a": ["x" * 10] * 1_000}, "/a: "),
        ({"a": {"b": "x" * 10_000}}, "/a/b: "),
        ({"p": {str(n): 0.5 for n in range(1_000)}}, "/p: "),
        ({"a": [{"b": list(range(500))}] * 3}, "/a/0/b: "),
    ],
)
def test_what_is_too_long_is_cut_and_it_is_said_where(answer: Any, where: str) -> None:
    shown, cuts = shortened(answer, 2_000)
    assert size(shown) <= 2_000
    assert any(cut.startswith(where) for cut in cuts)


def test_the_mildest_cut_that_fits_is_made() -> None:
    shown, cuts = shortened({"a": list(range(1_000))}, 500)
    assert shown == {"a": list(range(100))}
    assert cuts == ["/a: 100 of 1,000 items"]


def test_a_page_that_was_cut_has_no_next_one() -> None:
    page = {"data": ["x" * 30] * 100, "next": "100"}
    shown, _ = shortened(page, 2_000)
    assert len(shown["data"]) < 100
    assert shown["next"] is None
    assert shortened(page, 10_000)[0]["next"] == "100"


def test_of_many_cuts_some_are_named() -> None:
    _, cuts = shortened({str(n): "x" * 500 for n in range(40)}, 4_000)
    assert cuts[-1] == "and 28 more places"


@settings(deadline=None)  # other work on the machine is no fault of the cut
@given(VALUES)
def test_nothing_is_made_up(answer: Any) -> None:
    shown, cuts = shortened(answer, 200)
    assert (shown == answer) is (not cuts)
    assert size(shown) <= max(size(answer), 200) + 3 * len(cuts)
