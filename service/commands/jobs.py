"""`purr jobs`, `show`, `retry`, `cancel`, `stop`, `pause`, `resume` and `metrics`."""

from typing import Annotated

import typer

from service.commands.connection import connected
from service.commands.options import AsJson, Limit
from service.commands.places import Settings, as_patch
from service.commands.submitted import Follow, show_submitted
from service.terminal import remark, say_pieces
from service.views import change_of, show_job, show_jobs, show_metrics, tell, tell_pages


def jobs(
    state: Annotated[str | None, typer.Option(help="Only those in this state.")] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List the jobs."""
    with connected() as client:
        tell_pages(client.jobs(limit, state), show_jobs, as_json)


def show(job: str, as_json: AsJson = False) -> None:
    """Show one job: its state, its result and its spec."""
    with connected() as client:
        tell(client.job(job), show_job, as_json)


def cancel(job: str, as_json: AsJson = False) -> None:
    """End a job and keep nothing of it."""
    with connected() as client:
        tell(client.cancel(job), show_job, as_json)


def stop(job: str, as_json: AsJson = False) -> None:
    """End a job early and keep its model."""
    with connected() as client:
        tell(client.stop(job), show_job, as_json)


def pause(job: str, as_json: AsJson = False) -> None:
    """Keep what a job has learned, and let its worker do something else."""
    with connected() as client:
        tell(client.pause(job), show_job, as_json)


def resume(job: str, as_json: AsJson = False) -> None:
    """Let a paused job go on where it was."""
    with connected() as client:
        tell(client.resume(job), show_job, as_json)


def retry(
    job: str,
    finding: Annotated[
        list[str] | None, typer.Option(help="Follow the patch of this finding; else of all.")
    ] = None,
    settings: Settings = [],  # noqa: B006 - Typer copies it
    follow: Follow = True,
    as_json: AsJson = False,
) -> None:
    """Train again, as the job's findings say or as you set it."""
    wanted: dict[str, object] = {"patch": as_patch(settings)}
    if finding or not settings:
        wanted["findings"] = finding or "all"
    with connected() as client:
        again = client.retry(job, wanted)
        for change in again.json["changes"]:
            remark(change_of(change))
        show_submitted(client, again, follow, as_json)


def metrics(
    job: str,
    csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show how a job learned, a row for each epoch."""
    if csv and as_json:
        raise typer.BadParameter("Expected --csv or --json, got both.")
    with connected() as client:
        if csv or as_json:
            say_pieces(client.metrics_as("text/csv" if csv else "application/json", job))
        else:
            show_metrics(row for page in client.metrics(job) for row in page.json["data"])
