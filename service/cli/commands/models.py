"""`purr models` and `purr predict`."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from service.cli.answers import Answer
from service.cli.commands.connection import connected
from service.cli.commands.options import All, AsJson, Limit, Version, most
from service.cli.pictures import find_pictures, titles
from service.cli.render.lists import tell_pages
from service.cli.render.models import show_models, show_predictions, show_versions
from service.cli.terminal import say_raw

NOT_ALL_READ = 1


def models(
    name: Annotated[str | None, typer.Argument(help="List the versions of this one.")] = None,
    limit: Limit = 50,
    everything: All = False,
    as_json: AsJson = False,
) -> None:
    """List the models, or the versions of one."""
    with connected() as client:
        if name is None:
            tell_pages(client.models(most(limit, everything)), show_models, as_json)
        else:
            pages = client.model(name, most(limit, everything))
            tell_pages(pages, show_versions, as_json, rows="versions")


def predict(
    model: str,
    paths: Annotated[
        list[Path], typer.Argument(exists=True, help="Pictures, or folders of pictures.")
    ],
    version: Version = None,
    as_json: AsJson = False,
) -> None:
    """Ask a model about pictures: path, label, probability. Exit code 1 if one cannot be read."""
    pictures = find_pictures(paths)
    if not pictures:
        raise typer.BadParameter(f"Expected pictures ({titles()}), found none.")
    with connected() as client:
        unread: list[str] = []
        answers = _noting(unread, client.predict(model, pictures, version))
        if as_json:
            for answer in answers:
                say_raw(answer.raw)
        else:
            show_predictions([str(picture) for picture in pictures], answers)
        if unread:
            raise typer.Exit(NOT_ALL_READ)


def _noting(unread: list[str], answers: Iterable[Answer]) -> Iterator[Answer]:
    """The same answers; the files of which one says that they cannot be read are noted."""
    for answer in answers:
        unread += [row["file"] for row in answer.json["predictions"] if "problem" in row]
        yield answer
