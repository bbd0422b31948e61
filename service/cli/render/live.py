"""How a version does since it answers, and what became of what was said of its predictions."""

from service.cli.render.words import accuracy_with_interval, finding_fields, percent
from service.cli.terminal import say_fields, say_table
from worker.jsontypes import Json


def show_judged(answer: Json) -> None:
    say_table(
        ("prediction", "outcome", "problem"),
        (
            (each["prediction_id"], each["outcome"], (each["problem"] or {}).get("detail"))
            for each in answer["data"]
        ),
    )


def show_live(live: Json) -> None:
    """The time part by part, as far as there was anything, and what comes of it."""
    say_table(
        ("since", "predictions", "judged", "right", "accuracy"),
        (
            (
                each["since"],
                each["predictions"],
                each["judged"],
                each["right"],
                accuracy_of(each),
            )
            for each in live["periods"]
            if each["predictions"]
        ),
    )
    say_fields(
        [
            ("model", f"{live['model']} {live['version']}"),
            ("predictions", live["predictions"]),
            ("judged", live["judged"]),
            ("accuracy", accuracy_of(live)),
            ("tested", accuracy_of(live["tested"] or {})),
            ("unsure", live["unsure"]),
            ("far from training", live["far"]),
            ("brightness", brightness_of(live)),
            *finding_fields(live),
        ]
    )


def accuracy_of(found: Json) -> str | None:
    return None if found.get("accuracy") is None else accuracy_with_interval(found)


def brightness_of(live: Json) -> str | None:
    now, before = live["brightness"], live["training_brightness"]
    if now is None:
        return None
    trained = f", {percent(before['mean'])} of the training rows" if before else ""
    return f"{percent(now['mean'])}{trained}"
