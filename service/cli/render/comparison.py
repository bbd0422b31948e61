"""How several jobs look side by side."""

from collections.abc import Iterator

from service.cli.render.curves import drawn
from service.cli.render.words import figure, tested_accuracy
from service.cli.terminal import say, say_table, width
from worker.findings.letters import LETTERS
from worker.jsontypes import Json


def show_comparison(found: Json) -> None:
    """A line for each job, the curves of their costs, where their specs differ, how each two of
    them answered the same rows, and what comes of it."""
    letters = dict(zip((job["id"] for job in found["jobs"]), LETTERS, strict=False))
    columns = "", "job", "model", "epochs", "seconds", "loss", "test accuracy"
    say_table(columns, ((letters[job["id"]], *cells_of(job)) for job in found["jobs"]))
    for line in curves_in_lines(found["curves"]):
        say(line)
    for place in found["differences"]["spec"]:
        say(f"{place['path']}: {', '.join(map(str, place['values']))}")
    if (rows := found["same_rows"]) is not None:
        titles = "pair", "only the first right", "only the second", "p", "corrected"
        say_table(titles, (cells_of_pair(pair, letters) for pair in rows["pairs"]))
    say(found["said"])


def cells_of(job: Json) -> tuple[object, ...]:
    version = "" if job["version"] is None else f" {job['version']}"
    return (
        job["id"],
        f"{job['model']}{version}",
        job["epochs"],
        figure(job["seconds"]),
        figure((job["train"] or {}).get("loss")),
        tested_accuracy({"result": job}),
    )


def cells_of_pair(pair: Json, letters: dict[str, str]) -> tuple[object, ...]:
    return (
        f"{letters[pair['first']]} {letters[pair['second']]}",
        pair["only_first"],
        pair["only_second"],
        figure(pair["p"]),
        figure(pair["corrected_p"]),
    )


def curves_in_lines(curves: Json) -> Iterator[str]:
    """The costs, under what they are drawn by."""
    if curves["at"]:
        first, last = figure(curves["at"][0]), figure(curves["at"][-1])
        yield f"loss, by {curves['by']} from {first} to {last}"
        yield from drawn([job["loss"] for job in curves["jobs"]], width())
