"""`purr predict`: pictures, or rows of a file or of standard input."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from service.cli.answers import Answer
from service.cli.asked_model import Asked
from service.cli.asked_rows import (
    ARRAY,
    CSV,
    STDIN,
    is_rows,
    lines_of,
    of_table,
    whole_lines,
)
from service.cli.commands.connection import connected
from service.cli.commands.options import Model
from service.cli.pictures import find_pictures, titles
from service.cli.piped_input import Kind, Piped, looked_at, table_of
from service.cli.render.predictions import show_lines, show_predictions, show_rows
from service.cli.terminal import say_raw
from worker.jsontypes import Json

if TYPE_CHECKING:
    from service.cli.client import Client

NOT_ALL_READ = 1


def predict(
    model: Model,
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="Pictures, or folders of pictures; or one file of rows: .npy, .csv, .ndjson; or - "
            "for a picture or rows from standard input.",
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
    rows = [path for path in paths if path == STDIN or is_rows(path)]
    if rows and len(paths) > 1:
        raise typer.BadParameter("Expected pictures, or one file of rows, got both or several.")
    with connected() as client:
        telling = _Telling(client, Asked(model, version, alias, threshold), as_json)
        if not rows:
            telling.of_pictures(paths)
        elif rows == [STDIN]:
            telling.of_piped(looked_at(cast(io.BufferedReader, sys.stdin.buffer)))
        else:
            telling.of_rows(rows[0])
        if telling.unread:
            raise typer.Exit(NOT_ALL_READ)


class _Telling:
    """Asks, and tells the answers as they come.

    State: `unread`, what of it could not be read.
    """

    def __init__(self, client: Client, asked: Asked, as_json: bool) -> None:
        self._client, self._asked, self._as_json = client, asked, as_json
        self.unread: list[Json] = []

    def of_pictures(self, paths: Iterable[Path]) -> None:
        pictures = find_pictures(paths)
        if not pictures:
            raise typer.BadParameter(f"Expected pictures ({titles()}), found none.")
        answers = self._client.predict(self._asked, pictures)
        self._tell(answers, partial(show_predictions, [str(picture) for picture in pictures]))

    def of_rows(self, path: Path) -> None:
        suffix = path.suffix.lower()
        if suffix == ARRAY:
            self._tell([self._client.predict_array(self._asked, path.read_bytes())], show_rows)
        else:
            self._tell_lines(lines_of(path, self._columns() if suffix == CSV else {}))

    def of_piped(self, piped: Piped) -> None:
        client, asked, file = self._client, self._asked, piped.file
        match piped.kind:
            case Kind.PICTURE:
                answers = client.predict(asked, [file.read()])
                self._tell(answers, partial(show_predictions, [str(STDIN)]))
            case Kind.ARRAY:
                self._tell([client.predict_array(asked, file.read())], show_rows)
            case Kind.DOCUMENT:
                self._tell(client.predict_document(asked, piped.known), show_rows)
            case Kind.TABLE:
                self._tell_lines(of_table(table_of(file), self._columns()))
            case Kind.LINES:
                self._tell_lines(whole_lines(file))

    def _tell(self, answers: Iterable[Answer], show: Callable[[Iterable[Answer]], None]) -> None:
        if self._as_json:
            for answer in self._noting(answers):
                say_raw(answer.raw)
        else:
            show(self._noting(answers))

    def _tell_lines(self, pieces: Iterable[bytes]) -> None:
        answers = self._client.predict_lines(self._asked, pieces)
        found = self._noting(Answer.of({"predictions": [each.json]}) for each in answers)
        lines = (answer.json["predictions"][0] for answer in found)
        if self._as_json:
            for line in lines:
                say_raw(Answer.of(line).raw)
        else:
            show_lines(lines)

    def _noting(self, answers: Iterable[Answer]) -> Iterator[Answer]:
        """The same answers; what of one says that it cannot be read is noted."""
        for answer in answers:
            self.unread += [row for row in answer.json["predictions"] if "problem" in row]
            yield answer

    def _columns(self) -> dict[str, str]:
        """Of each column that the model takes its kind."""
        model = self._asked.model
        version = self._client.version(model, self._client.answering_version(self._asked)).json
        if (columns := version["preprocessing"].get("columns")) is None:
            raise typer.BadParameter(
                f"Expected a model of a table with named columns, and {model} is none."
            )
        return {column["name"]: column["kind"] for column in columns}
