"""How the audit log looks."""

from collections.abc import Iterator, Sequence

from service.cli.terminal import say_table
from worker.jsontypes import Json


def show_audit(entries: Sequence[Json]) -> None:
    say_table(
        ("at", "who", "from", "what", "outcome"),
        ((e["at"], whose(e), e["from"], f"{e['method']} {e['path']}", outcome(e)) for e in entries),
    )


def whose(entry: Json) -> str:
    if entry["who"]:
        same = entry["who"] == entry["name"]
        return str(entry["who"]) if same else f"{entry['name']} ({entry['who']})"
    claimed = f" that says it is {entry['claimed']}" if entry["claimed"] else ""
    return f"{entry['name'] or 'a stranger'}{claimed}"


def outcome(entry: Json) -> str:
    return ", ".join(words(entry))


def words(entry: Json) -> Iterator[str]:
    yield str(entry["status"])
    if entry["code"]:
        yield entry["code"]
    if entry["left_out"]:
        yield f"{entry['left_out']} before it left out"
