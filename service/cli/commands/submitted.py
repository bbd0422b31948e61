"""A job that was just submitted: followed to its end, and shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from service.cli.answers import Answer
from service.cli.follow import expect, follow_job
from service.cli.render.jobs import show_job, show_result
from service.cli.render.lists import tell
from service.cli.terminal import remark

if TYPE_CHECKING:
    from service.cli.client import Client

DETACHED = 130  # what a shell reports after Ctrl-C
SEVERE = 4  # it has a model, which is of no use as it is

Follow: TypeAlias = Annotated[bool, typer.Option(help="Watch the job until it ends.")]


def show_submitted(client: Client, job: Answer, follow: bool, as_json: bool) -> None:
    """The job as it stands, or as it ends; a severe finding has an exit code of its own."""
    remark(f"Submitted as {job.json['id']}.")
    if not follow:
        tell(job, show_job, as_json)
        return
    ended = followed(client, job.json["id"], "Training")
    tell(ended, show_result, as_json)
    expect("succeeded", ended.json)
    severe = [f["code"] for f in ended.json.get("findings") or () if f["severity"] == "severe"]
    if severe:
        remark(
            f"Severe: {', '.join(severe)}. `purr retry {ended.json['id']}` trains again as the "
            "findings say."
        )
        raise typer.Exit(SEVERE)


def followed(client: Client, job: str, title: str) -> Answer:
    """The job in its final state; by Ctrl-C one leaves it, and it goes on."""
    with detachable(f"the job goes on. `purr show {job}` shows it, `purr cancel {job}` ends it."):
        return follow_job(client, job, title)


@contextmanager
def detachable(how: str) -> Iterator[None]:
    """Ends the command where Ctrl-C leaves what is followed, and says how it goes on."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        remark(f"Detached; {how}")
        raise typer.Exit(DETACHED) from interrupt
