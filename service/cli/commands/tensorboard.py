"""`purr tensorboard`: a job's epochs as a file that TensorBoard shows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli.commands.connection import connected
from service.cli.names import job_id
from service.cli.terminal import say


def tensorboard(
    job: Annotated[
        str, typer.Argument(help="Its id, or the model it trains: the newest job of that.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="For `tensorboard --logdir`.")
    ] = Path("runs"),
) -> None:
    """Keep all epochs so far for TensorBoard, in a folder of the job's own below FOLDER. Its path
    is printed. Ask again while the job runs: the file is replaced."""
    with connected() as client:
        file = client.purr.jobs.get(job_id(client, job)).tensorboard(output)
        say(str(file.parent))
