"""`purr schedules`: jobs that are made again and again."""

from typing import Annotated

import typer

from service.cli.commands.connection import connected
from service.cli.commands.options import All, AsJson, Limit, most
from service.cli.commands.train import read_spec
from service.cli.names import with_dataset_id_within
from service.cli.render.lists import tell, tell_pages
from service.cli.render.schedules import show_schedule, show_schedules
from service.cli.terminal import remark

app = typer.Typer(help="Jobs that are made again and again.", no_args_is_help=True)

Schedule = Annotated[str, typer.Argument(help="Its id.")]


@app.command()
def create(
    file: Annotated[
        typer.FileText,
        typer.Argument(help="A spec, and when a job is made of it, as JSON; - for stdin."),
    ],
    as_json: AsJson = False,
) -> None:
    """Have a job be made by cron, or whenever a dataset gets a version."""
    asked = read_spec(file)
    with connected() as client:
        made = client.submit_schedule(with_dataset_id_within(client, asked))
        tell(made, show_schedule, as_json)


@app.command("list")
def list_(limit: Limit = 50, everything: All = False, as_json: AsJson = False) -> None:
    """List the schedules."""
    with connected() as client:
        tell_pages(client.schedules(most(limit, everything)), show_schedules, as_json)


@app.command()
def show(schedule: Schedule, as_json: AsJson = False) -> None:
    """Show one schedule: when its next job is made, and what became of those before."""
    with connected() as client:
        tell(client.schedule(schedule), show_schedule, as_json)


@app.command()
def pause(schedule: Schedule, as_json: AsJson = False) -> None:
    """Make no more jobs; one that is under way goes on."""
    with connected() as client:
        tell(client.move_schedule(schedule, "pause"), show_schedule, as_json)


@app.command()
def resume(schedule: Schedule, as_json: AsJson = False) -> None:
    """Let a paused schedule go on."""
    with connected() as client:
        tell(client.move_schedule(schedule, "resume"), show_schedule, as_json)


@app.command()
def delete(schedule: Schedule) -> None:
    """Forget a schedule; the jobs that it has made stay."""
    with connected() as client:
        client.delete_schedule(schedule)
        remark(f"{schedule} is deleted.")
