"""How it looks what is kept for how long."""

from service.cli.render.words import size
from service.cli.terminal import say, say_table
from worker.jsontypes import Json


def show_retention(answer: Json) -> None:
    rows = [
        (
            kind["kind"],
            f"{kind['days']:g} days" if kind["days"] else "for ever",
            kind["newest"] or "any",
            kind["due"],
            size(kind["due_bytes"]),
        )
        for kind in answer["kinds"]
    ]
    say_table(("kind", "kept", "newest", "due", "size"), rows, numbers=True)
    if answer["dry_run"]:
        say("Nothing goes: PURR_KEEP_DRY_RUN is on.")
    if not answer["due"]:
        say("Nothing would go now.")
        return
    due = [(each["id"], each["kind"], size(each["bytes"]), each["why"]) for each in answer["due"]]
    say_table(("would go now", "kind", "size", "since"), due)
