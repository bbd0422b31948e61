"""`purr models` and `purr predict`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.connection import connected
from service.commands.options import AsJson, Limit
from service.pictures import find_pictures
from service.terminal import say_raw
from service.views import show_model, show_models, show_predictions, tell, tell_pages

if TYPE_CHECKING:
    from service.client import Answer

NOT_ALL_READ = 1


def models(
    name: Annotated[str | None, typer.Argument(help="Show this one alone.")] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List the models, or show one."""
    with connected() as client:
        if name is None:
            tell_pages(client.models(limit), show_models, as_json)
        else:
            tell(client.model(name), show_model, as_json)


def predict(
    model: str,
    paths: Annotated[
        list[Path], typer.Argument(exists=True, help="Pictures, or folders of pictures.")
    ],
    version: Annotated[int | None, typer.Option(min=1, help="Default: the newest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask a model about pictures: path, label, probability. Exit code 1 if one cannot be read."""
    pictures = find_pictures(paths)
    if not pictures:
        raise typer.BadParameter("Expected pictures (JPEG, PNG or WebP), found none.")
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
