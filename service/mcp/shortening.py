"""Answers cut to what a language model can read."""

from collections.abc import Iterator
from typing import Any

from pydantic_core import to_json

# Items of a list, fields of an object and characters of a text that are left, from mild to harsh.
STEPS = ((200, 2_000), (100, 1_000), (50, 500), (20, 300), (10, 200), (5, 120), (2, 80), (1, 40))
MOST_CUTS = 12  # places that are named


def shortened(answer: Any, most: int) -> tuple[Any, list[str]]:
    """Returns an answer whose JSON has about `most` characters, and a line for each place that was
    cut; none where it fits."""
    if len(to_json(answer)) <= most:
        return answer, []
    shown, cuts = answer, [""]
    for items, characters in STEPS:
        cuts = []
        shown = cut(answer, items, characters, "", cuts)
        if len(to_json(shown)) <= most:
            break
    more = [f"and {len(cuts) - MOST_CUTS} more places"] if len(cuts) > MOST_CUTS else []
    return shown, cuts[:MOST_CUTS] + more


def cut(value: Any, items: int, characters: int, at: str, cuts: list[str]) -> Any:
    """Returns a value with less in it, and notes where.

    Args:
        at: where the value stands, as a JSON Pointer.
        cuts: a line for each place is added.
    """
    if isinstance(value, str) and len(value) > characters:
        cuts.append(f"{at}: {characters} of {len(value):,} characters")
        return value[:characters] + "…"
    if isinstance(value, list):
        if len(value) > items:
            cuts.append(f"{at}: {items} of {len(value):,} items")
        ahead = value[:items]
        return [cut(one, items, characters, f"{at}/{n}", cuts) for n, one in enumerate(ahead)]
    if isinstance(value, dict):
        return dict(fields(value, items, characters, at, cuts))
    return value


def fields(
    value: dict[str, Any], items: int, characters: int, at: str, cuts: list[str]
) -> Iterator[tuple[str, Any]]:
    """Yields the fields that are left. A page that was cut has no next one: what was cut would be
    left out for good."""
    most = max(items, 40)  # of an object of ours; those of classes or columns may have any number
    if len(value) > most:
        cuts.append(f"{at}: {most} of {len(value):,} fields")
    data = value.get("data")
    is_cut_page = isinstance(data, list) and len(data) > items
    for name, one in [*value.items()][:most]:
        follows = None if name == "next" and is_cut_page else one
        yield name, cut(follows, items, characters, f"{at}/{name}", cuts)
