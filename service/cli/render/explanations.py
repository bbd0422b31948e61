"""How it looks why a model answers as it does."""

from service.cli.render.predictions import said, show_warnings
from service.cli.terminal import say, say_table
from worker.jsontypes import Json


def show_explanation(found: Json) -> None:
    """The answer, then a line for each row that is most like the picture."""
    say(said(found["prediction"]))
    if rows := (found["nearest"] or {"data": []})["data"]:
        say_table(
            ("row", "name", "label", "similarity"),
            (
                (
                    f"train {each['row']}",
                    each["name"] or "",
                    each["label"],
                    f"{each['similarity']:.4f}",
                )
                for each in rows
            ),
        )
    show_warnings(found)
