"""`purr jobs`, `show`, `retry`, `cancel`, `stop`, `pause`, `resume` and `metrics`."""

from typing import Annotated

import typer

from service.cli.commands.connection import connected
from service.cli.commands.logs import logs
from service.cli.commands.options import (
    All,
    AsJson,
    Job,
    JobsOf,
    JobState,
    Limit,
    OfDataset,
    Tags,
    most,
)
from service.cli.commands.places import Settings, as_patch
from service.cli.commands.submitted import Follow, show_submitted
from service.cli.commands.watch import watch
from service.cli.names import job_id, named
from service.cli.render.jobs import change_of, show_job, show_jobs, show_metrics
from service.cli.render.lists import tell, tell_pages
from service.cli.terminal import remark, say_pieces

app = typer.Typer(invoke_without_command=True)


@app.callback()
def jobs(
    ctx: typer.Context,
    state: JobState = None,
    model: JobsOf = None,
    dataset: OfDataset = None,
    tag: Tags = None,
    limit: Limit = 50,
    everything: All = False,
    as_json: AsJson = False,
) -> None:
    """List the jobs, and why those that failed did."""
    if ctx.invoked_subcommand is not None:
        _expect_none(ctx)
        return
    with connected() as client:
        learned = named(client, dataset)
        pages = client.jobs(most(limit, everything), state, model, learned, tag)
        tell_pages(pages, show_jobs, as_json)


app.command()(watch)
app.command()(logs)


def _expect_none(ctx: typer.Context) -> None:
    """Refuse options that stand where nothing reads them."""
    sources = {name: ctx.get_parameter_source(name) for name in ctx.params}
    if any(source is not None and source.name == "COMMANDLINE" for source in sources.values()):
        raise typer.BadParameter(
            f"Expected options behind `{ctx.invoked_subcommand}`, got some in front of it."
        )


def show(job: Job, as_json: AsJson = False) -> None:
    """Show one job: its state, its result and its spec."""
    with connected() as client:
        tell(client.job(job_id(client, job)), show_job, as_json)


def cancel(job: Job, as_json: AsJson = False) -> None:
    """End a job and keep nothing of it."""
    with connected() as client:
        tell(client.cancel(job_id(client, job)), show_job, as_json)


def stop(job: Job, as_json: AsJson = False) -> None:
    """End a job early and keep its model."""
    with connected() as client:
        tell(client.stop(job_id(client, job)), show_job, as_json)


def pause(job: Job, as_json: AsJson = False) -> None:
    """Keep what a job has learned, and let its worker do something else."""
    with connected() as client:
        tell(client.pause(job_id(client, job)), show_job, as_json)


def resume(job: Job, as_json: AsJson = False) -> None:
    """Let a paused job go on where it was."""
    with connected() as client:
        tell(client.resume(job_id(client, job)), show_job, as_json)


def retry(
    job: Job,
    finding: Annotated[
        list[str] | None, typer.Option(help="Follow the patch of this finding; else of all.")
    ] = None,
    settings: Settings = None,
    follow: Follow = True,
    as_json: AsJson = False,
) -> None:
    """Train again, as the job's findings say or as you set it."""
    wanted: dict[str, object] = {"patch": as_patch(settings or ())}
    if finding or not settings:
        wanted["findings"] = finding or "all"
    with connected() as client:
        again = client.retry(job_id(client, job), wanted)
        for change in again.json["changes"]:
            remark(change_of(change))
        show_submitted(client, again, follow, as_json)


def metrics(
    job: Job,
    csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show how a job learned, a row for each epoch."""
    if csv and as_json:
        raise typer.BadParameter("Expected --csv or --json, got both.")
    with connected() as client:
        found = job_id(client, job)
        if csv or as_json:
            say_pieces(client.metrics_as("text/csv" if csv else "application/json", found))
        else:
            show_metrics(row for page in client.metrics(found) for row in page.json["data"])
