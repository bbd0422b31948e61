"""How sweeps and their leaderboards look."""

from collections.abc import Iterator, Sequence

from service.cli.render.lists import say_reasons
from service.cli.render.words import figure, percent, problem_of
from service.cli.terminal import say, say_fields, say_table
from worker.jsontypes import Json

OVER = ("succeeded", "given_up", "failed", "cancelled")  # states of candidates
COLUMNS = ("rank", "candidate", "changes", "state", "verdict", "validation loss", "accuracy",
           "epochs", "seconds")  # fmt: skip


def show_sweep(sweep: Json) -> None:
    """The leaderboard, what comes of it in words, and the model that was made of the best."""
    say_table(COLUMNS, rows_of(sweep))
    say(sweep["said"])
    refit = sweep["refit"] or {}
    version = refit.get("model")
    say_fields(
        [
            ("sweep", sweep["id"]),
            ("state", sweep["state"]),
            ("requested", sweep["requested"]),
            ("fitted again", refit.get("job")),
            ("model", version and f"{version['name']} {version['version']}"),
            ("problem", sweep["problem"] and problem_of(sweep)),
        ]
    )


def show_sweeps(sweeps: Sequence[Json]) -> None:
    say_table(
        ("id", "state", "method", "over", "model", "created"),
        (
            (
                each["id"],
                each["state"],
                each["method"],
                f"{over_of(each)}/{total_of(each)}",
                each["spec"].get("model", "model"),
                each["created_at"],
            )
            for each in sweeps
        ),
    )
    say_reasons(sweeps)


def rows_of(sweep: Json) -> Iterator[tuple[object, ...]]:
    """A row of the leaderboard for each candidate."""
    for each in sweep["leaderboard"]:
        changes = (f"{path.rpartition('.')[2]} {value}" for path, value in each["changes"].items())
        interval = each["validation_accuracy_interval"]
        within = f" [{percent(interval[0])}, {percent(interval[1])}]" if interval else ""
        yield (
            each["rank"],
            each["candidate"],
            ", ".join(changes),
            each["state"],
            each["verdict"],
            figure(each["validation_loss"]),
            f"{percent(each['validation_accuracy']) or '–'}{within}",
            each["epochs"],
            figure(each["seconds"]),
        )


def over_of(sweep: Json) -> int:
    """How many candidates are over."""
    return sum(sweep["candidates"].get(state, 0) for state in OVER)


def total_of(sweep: Json) -> int:
    return sum(sweep["candidates"].values())


def note_of(sweep: Json) -> str:
    """How its candidates stand, in a few words."""
    if sweep["refit"] is not None:
        return f"fits candidate {sweep['best']} again"
    counts = (f"{count} {state.replace('_', ' ')}" for state, count in sweep["candidates"].items())
    return ", ".join(counts)
