"""How what a model answered wrong looks."""

from collections.abc import Sequence

from service.cli.render.words import percent
from service.cli.terminal import say_table
from worker.jsontypes import Json


def show_wrong_answers(found: Sequence[Json]) -> None:
    """A line for each row; a star marks those that look mislabelled."""
    say_table(
        ("row", "name", "true", "predicted", "probability", "mislabelled?"),
        (
            (
                f"{each['split']} {each['row']}",
                each["name"] or "",
                each["true"],
                each["predicted"],
                percent(each["probability"]),
                "*" if each["looks_mislabelled"] else "",
            )
            for each in found
        ),
    )
