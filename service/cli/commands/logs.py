"""`purr jobs logs`: what the workers of a job said."""

from __future__ import annotations

from typing import Annotated

import typer

from service.cli.commands.connection import connected
from service.cli.commands.options import Job
from service.cli.names import job_id
from service.cli.terminal import say, say_raw


def logs(
    job: Job,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the job has ended.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print each line as JSON.")] = False,
) -> None:
    """Show what the workers of a job said, and every state that it came into."""
    with connected() as client:
        for line in client.purr.jobs.get(job_id(client, job)).log(follow=follow):
            if as_json:
                say_raw(line.model_dump_json().encode())
            else:
                at = line.at.isoformat(sep=" ", timespec="milliseconds")
                say(f"{at} {line.level:7} {line.message}")
