"""`purr sweep` and `purr sweeps`: several jobs that differ in some fields, under one id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.answers import Answer
from service.cli.commands.connection import connected
from service.cli.commands.options import All, AsJson, Limit, most
from service.cli.commands.submitted import Follow, detachable
from service.cli.commands.train import read_spec
from service.cli.follow import expect, follow_sweep
from service.cli.names import with_dataset_id_within
from service.cli.render.lists import tell, tell_pages
from service.cli.render.sweeps import show_sweep, show_sweeps
from service.cli.terminal import remark

if TYPE_CHECKING:
    from service.cli.client import Client

app = typer.Typer(help="Jobs that were tried together.", no_args_is_help=True)

Sweep = Annotated[str, typer.Argument(help="Its id.")]


def sweep(
    file: Annotated[
        typer.FileText,
        typer.Argument(help="A spec, and what is tried for its fields, as JSON; - for stdin."),
    ],
    follow: Follow = True,
    as_json: AsJson = False,
) -> None:
    """Try several values for fields of a job, and watch which does best; Ctrl-C lets it go on."""
    asked = read_spec(file)
    with connected() as client:
        found = client.submit_sweep(with_dataset_id_within(client, asked))
        remark(f"Submitted as {found.json['id']}.")
        if follow:
            found = followed(client, found.json["id"])
        tell(found, show_sweep, as_json)
        if follow:
            expect("succeeded", found.json)


@app.command("list")
def list_(limit: Limit = 50, everything: All = False, as_json: AsJson = False) -> None:
    """List the sweeps, and why those that failed did."""
    with connected() as client:
        tell_pages(client.sweeps(most(limit, everything)), show_sweeps, as_json)


@app.command()
def show(sweep: Sweep, as_json: AsJson = False) -> None:
    """Show one sweep: its leaderboard, and which field mattered."""
    with connected() as client:
        tell(client.sweep(sweep), show_sweep, as_json)


@app.command()
def watch(sweep: Sweep, as_json: AsJson = False) -> None:
    """Watch a sweep until it ends."""
    with connected() as client:
        tell(followed(client, sweep), show_sweep, as_json)


@app.command()
def cancel(sweep: Sweep, as_json: AsJson = False) -> None:
    """End a sweep and those of its jobs that are not over."""
    with connected() as client:
        tell(client.move_sweep(sweep, "cancel"), show_sweep, as_json)


@app.command()
def pause(sweep: Sweep, as_json: AsJson = False) -> None:
    """Pause all jobs of a sweep, and make no more."""
    with connected() as client:
        tell(client.move_sweep(sweep, "pause"), show_sweep, as_json)


@app.command()
def resume(sweep: Sweep, as_json: AsJson = False) -> None:
    """Let a paused sweep go on where it was."""
    with connected() as client:
        tell(client.move_sweep(sweep, "resume"), show_sweep, as_json)


def followed(client: Client, sweep: str) -> Answer:
    """The sweep in its final state; by Ctrl-C one leaves it, and it goes on."""
    with detachable(
        f"it goes on. `purr sweeps watch {sweep}` watches it again, `purr sweeps cancel {sweep}` "
        "ends it."
    ):
        return follow_sweep(client, sweep)
