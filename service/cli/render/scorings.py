"""How a scoring looks."""

from service.cli.render.words import accuracy_with_interval
from service.cli.terminal import say, say_fields, say_table
from worker.jsontypes import Json

SHOWN = 5  # classes in a line


def show_scoring(scoring: Json) -> None:
    """Which model answered, and what its answers come to, split by split."""
    model, splits = scoring["model"], scoring["result"]["splits"]
    say_fields(
        [
            ("scoring", scoring["id"]),
            ("model", f"{model['name']} version {model['version']}"),
            *([("dataset", scoring["dataset"])] if scoring["dataset"] else ()),
        ]
    )
    rows = (
        (name, each["rows"], accuracy_with_interval(each), each["unsure"], answers(each))
        for name, each in splits.items()
    )
    say_table(("split", "rows", "accuracy", "unsure", "answers"), rows)
    for name, each in splits.items():
        if unread := each.get("problems"):
            of_all = f"{unread:,} of {each['rows']:,} rows of {name}"
            say(f"{of_all} have a problem in the place of an answer.")
    for warning in scoring["result"].get("warnings", ()):
        say(f"{warning['severity']}: {warning['message']}")


def answers(split: Json) -> str:
    """The classes that were answered most often, and how often."""
    ranked = sorted(split["predicted"].items(), key=lambda item: -item[1])
    more = f" and {len(ranked) - SHOWN} more classes" if len(ranked) > SHOWN else ""
    return ", ".join(f"{rows:,} {name}" for name, rows in ranked[:SHOWN]) + more
