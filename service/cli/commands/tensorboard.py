"""`purr tensorboard`: a job's epochs as a file that TensorBoard shows."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from service.cli.asked_model import path_of
from service.cli.commands.connection import connected
from service.cli.names import job_id
from service.cli.saving import save
from service.cli.terminal import say

BYTES = "application/octet-stream"


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
        found = client.job(job_id(client, job)).json
        run = output / Path(found["id"]).name  # an id is no path, whoever answers
        seconds = int(datetime.fromisoformat(found["created_at"]).timestamp())
        run.mkdir(parents=True, exist_ok=True)
        pieces = client.pieces(path_of("jobs", found["id"], "tensorboard"), BYTES)
        save(pieces, run / f"events.out.tfevents.{seconds}.{run.name}", replace=True)
        say(str(run))
