"""`purr evaluation` and `purr weights`: what there is of a model that was trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli import completion
from service.cli.answers import Answer
from service.cli.commands.connection import connected
from service.cli.commands.options import AsJson, Model, Version
from service.cli.names import JOB_ID
from service.cli.render.lists import tell
from service.cli.render.scores import show_evaluation
from service.cli.saving import save
from service.cli.terminal import say, say_bytes, say_raw

if TYPE_CHECKING:
    from service.cli.client import Client

STDOUT = Path("-")


def evaluation(
    job_or_model: Annotated[
        str,
        typer.Argument(
            metavar="JOB|MODEL",
            help="A job's id, or a model's name.",
            autocompletion=completion.jobs,
        ),
    ],
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """Show all that was measured of a model. That is scores, each class and confusions."""
    with connected() as client:
        tell(_evaluation(client, job_or_model, version), show_evaluation, as_json)


def weights(
    model: Model,
    version: Version = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Default: MODEL-VERSION.safetensors; - for stdout."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Download a model's weights as a file. Its path is printed; the format is safetensors."""
    if as_json and output == STDOUT:
        raise typer.BadParameter("Expected --json or --output -, got both.")
    with connected() as client:
        number = version or client.newest_version(model)
        pieces = client.exported(model, number, "weights")
        if output == STDOUT:
            say_bytes(pieces)
            return
        path = output or Path(f"{model}-{number}.safetensors")
        about = client.version(model, number) if as_json else None
        save(pieces, path, force)
        if about:
            say_raw(about.raw)
        else:
            say(str(path))


def _evaluation(client: Client, name: str, version: int | None) -> Answer:
    if not name.startswith(JOB_ID):
        return client.version_evaluation(name, version or client.newest_version(name))
    if version is not None:
        raise typer.BadParameter("Expected --version of a model, got it of a job.")
    return client.job_evaluation(name)
