"""`purr compare`: several jobs side by side."""

from typing import Annotated

import typer

from service.cli import completion
from service.cli.commands.connection import connected
from service.cli.commands.options import AsJson
from service.cli.names import job_id
from service.cli.render.comparison import show_comparison
from service.cli.render.lists import tell
from service.cli.terminal import say_pieces


def compare(
    jobs: Annotated[
        list[str],
        typer.Argument(
            help="2 to 20: ids, or models: the newest job of each.", autocompletion=completion.jobs
        ),
    ],
    by: Annotated[str, typer.Option(help="What counts: epoch, step or seconds.")] = "epoch",
    points: Annotated[int, typer.Option(min=2, max=1_000, help="Most places of a curve.")] = 200,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the curves as CSV.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show several jobs side by side: their curves, what differs, and whether one is better."""
    if as_csv and as_json:
        raise typer.BadParameter("Expected --csv or --json, got both.")
    with connected() as client:
        ids = [job_id(client, job) for job in jobs]
        asked = {"jobs": ",".join(ids), "by": by, "points": points}
        if as_csv:
            say_pieces(client.compared_as_csv(asked))
        else:
            tell(client.compare(asked), show_comparison, as_json)
