"""How recipes look."""

from collections.abc import Sequence

from service.cli.terminal import say_table
from worker.jsontypes import Json


def show_recipes(recipes: Sequence[Json]) -> None:
    say_table(
        ("recipe", "what it is", "what for", "reached"),
        ((r["name"], r["sentence"], r["suits"], _reached(r["reached"])) for r in recipes),
    )


def _reached(measured: Sequence[Json] | None) -> str:
    if measured is None:
        return "not measured"
    return "; ".join(
        f"{each['accuracy']:.1%} on {each['on']} in {each['minutes']:g} min" for each in measured
    )
