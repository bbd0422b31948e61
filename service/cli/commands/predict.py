"""`purr predict`: pictures, or rows of a file or of standard input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.answers import Answer
from service.cli.asked_model import Asked
from service.cli.asked_rows import ARRAY, CSV, STDIN, is_rows, lines_of
from service.cli.commands.connection import connected
from service.cli.pictures import find_pictures, titles
from service.cli.render.predictions import show_lines, show_predictions, show_rows
from service.cli.terminal import say_raw
from worker.jsontypes import Json

if TYPE_CHECKING:
    from service.cli.client import Client

NOT_ALL_READ = 1


def predict(
    model: str,
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="Pictures, or folders of pictures; or one file of rows: .npy, .csv, .ndjson, or - "
            "for lines of JSON from standard input.",
        ),
    ],
    version: Annotated[int | None, typer.Option(min=1, help="Default: the champion.")] = None,
    alias: Annotated[str | None, typer.Option(help="Of the version, such as champion.")] = None,
    threshold: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Probability from which on the second class is told."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what the API said; a line for each batch or row.")
    ] = False,
) -> None:
    """Ask a model about pictures or rows: path or number, label, probability. Exit code 1 if one
    cannot be read."""
    if version is not None and alias is not None:
        raise typer.BadParameter("Expected --version or --alias, got both.")
    for path in paths:
        if path != STDIN and not path.exists():
            raise typer.BadParameter(f"Expected files that exist, found no {path}.")
    rows = [path for path in paths if is_rows(path)]
    if rows and len(paths) > 1:
        raise typer.BadParameter("Expected pictures, or one file of rows, got both or several.")
    asked = Asked(model, version, alias, threshold)
    with connected() as client:
        unread: list[Json] = []
        if rows:
            _about_rows(client, asked, rows[0], unread, as_json)
        else:
            _about_pictures(client, asked, paths, unread, as_json)
        if unread:
            raise typer.Exit(NOT_ALL_READ)


def _about_pictures(
    client: Client, asked: Asked, paths: Iterable[Path], unread: list[Json], as_json: bool
) -> None:
    pictures = find_pictures(paths)
    if not pictures:
        raise typer.BadParameter(f"Expected pictures ({titles()}), found none.")
    answers = _noting(unread, client.predict(asked, pictures))
    if as_json:
        for answer in answers:
            say_raw(answer.raw)
    else:
        show_predictions([str(picture) for picture in pictures], answers)


def _about_rows(
    client: Client, asked: Asked, path: Path, unread: list[Json], as_json: bool
) -> None:
    if path.suffix.lower() == ARRAY:
        [answer] = _noting(unread, [client.predict_array(asked, path)])
        say_raw(answer.raw) if as_json else show_rows(answer.json)
        return
    kinds = _columns(client, asked) if path.suffix.lower() == CSV else {}
    answers = client.predict_lines(asked, lines_of(path, kinds))
    found = _noting(unread, (Answer.of({"predictions": [each.json]}) for each in answers))
    lines = (answer.json["predictions"][0] for answer in found)
    if as_json:
        for line in lines:
            say_raw(Answer.of(line).raw)
    else:
        show_lines(lines)


def _columns(client: Client, asked: Asked) -> dict[str, str]:
    """Of each column that the model takes its kind."""
    version = client.version(asked.model, client.answering_version(asked)).json
    if (columns := version["preprocessing"].get("columns")) is None:
        raise typer.BadParameter(
            f"Expected a model of a table with named columns, and {asked.model} is none."
        )
    return {column["name"]: column["kind"] for column in columns}


def _noting(unread: list[Json], answers: Iterable[Answer]) -> Iterator[Answer]:
    """The same answers; what of one says that it cannot be read is noted."""
    for answer in answers:
        unread += [row for row in answer.json["predictions"] if "problem" in row]
        yield answer
