"""`purr models verify`: a version trained again, and compared with what it was."""

from typing import Annotated

import typer

from service.cli.commands.connection import connected
from service.cli.commands.options import AsJson, ModelName
from service.cli.commands.submitted import Follow, followed
from service.cli.follow import expect
from service.cli.render.jobs import show_job
from service.cli.render.lists import tell
from service.cli.render.verification import show_verification
from service.cli.terminal import remark

DIFFERENT = 1


def verify(
    name: ModelName,
    version: Annotated[
        int | None, typer.Argument(min=1, help="Default: the champion.", show_default=False)
    ] = None,
    follow: Follow = True,
    as_json: AsJson = False,
) -> None:
    """Train a version again, and say whether it comes to the same weights. Exit code 1 if not."""
    with connected() as client:
        job = client.verify(name, version or client.champion(name))
        remark(f"Submitted as {job.json['id']}.")
        if not follow:
            tell(job, show_job, as_json)
            return
        ended = followed(client, job.json["id"], "Training again")
        tell(ended, show_verification, as_json)
        if expect("succeeded", ended.json)["result"]["verification"]["outcome"] != "identical":
            raise typer.Exit(DIFFERENT)
