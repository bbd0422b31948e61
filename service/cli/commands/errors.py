"""`purr errors`: what a version of a model answered wrong."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.commands.connection import connected
from service.cli.commands.options import All, AsJson, Limit, Model, Version, most
from service.cli.render.lists import tell_pages
from service.cli.render.wrong_answers import show_wrong_answers
from service.cli.saving import save
from service.cli.terminal import say


def errors(
    model: Model,
    version: Version = None,
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    true: Annotated[str | None, typer.Option(help="Only rows of this class.")] = None,
    predicted: Annotated[str | None, typer.Option(help="Only such answers.")] = None,
    sheet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draws their pictures into FILE, a PNG.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it is there.")] = False,
    limit: Limit = 50,
    everything: All = False,
    as_json: AsJson = False,
) -> None:
    """List what a model answered wrong. The surest answers come first."""
    asked = {"split": split, "true": true, "predicted": predicted}
    with connected() as client:
        number = version or client.newest_version(model)
        if sheet is not None:
            save(client.errors_sheet(model, number, asked), sheet, force)
            say(str(sheet))
            return
        pages = client.errors(model, number, most(limit, everything), asked)
        tell_pages(pages, show_wrong_answers, as_json)
