"""How it looks what takes the room of a store."""

from service.cli.render.words import size
from service.cli.terminal import say_fields, say_table
from worker.jsontypes import Json

ANY = "any"


def show_usage(usage: Json) -> None:
    limit = usage["max_bytes"]
    say_fields(
        {
            "all files": size(usage["bytes"]),
            "may take": size(limit) if limit else ANY,
            "free": size(usage["free_bytes"]),
            "kept free": size(usage["reserve_bytes"]),
            "counted": usage["counted_at"],
        }.items()
    )
    kinds = sorted(usage["kinds"], key=lambda kind: -kind["bytes"])
    rows = [(k["kind"], size(k["bytes"]), k["files"], k["things"]) for k in kinds if k["files"]]
    say_table(("kind", "size", "files", "of"), rows, numbers=True)
    if usage["largest"]:
        largest = [(each["id"], each["kind"], size(each["bytes"])) for each in usage["largest"]]
        say_table(("largest", "kind", "size"), largest)
