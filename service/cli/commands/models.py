"""`purr models`: list, show, promote, rollback, delete, restore; and `purr predict`."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from service.cli.answers import Answer
from service.cli.commands.connection import connected
from service.cli.commands.deleted_models import delete, restore
from service.cli.commands.labels import label_model
from service.cli.commands.options import (
    All,
    AsJson,
    Limit,
    ModelName,
    OfDataset,
    Tags,
    Trash,
    most,
)
from service.cli.names import TRASHED, named
from service.cli.pictures import find_pictures, titles
from service.cli.render.lists import tell, tell_pages
from service.cli.render.models import (
    show_models,
    show_predictions,
    show_promotion,
    show_trashed_models,
    show_trashed_versions,
    show_versions,
)
from service.cli.terminal import say_raw

NOT_ALL_READ = 1

app = typer.Typer(help="Models, and which version of each answers.", no_args_is_help=True)


@app.command("list")
def list_(
    trash: Trash = False,
    dataset: OfDataset = None,
    tag: Tags = None,
    limit: Limit = 50,
    everything: All = False,
    as_json: AsJson = False,
) -> None:
    """List the models, each with its newest version."""
    with connected() as client:
        learned, state = named(client, dataset), TRASHED if trash else None
        pages = client.models(most(limit, everything), state, learned, tag)
        tell_pages(pages, show_trashed_models if trash else show_models, as_json)


@app.command()
def show(
    name: ModelName,
    trash: Trash = False,
    limit: Limit = 50,
    everything: All = False,
    as_json: AsJson = False,
) -> None:
    """List the versions of one model; a star marks the champion, which answers."""
    with connected() as client:
        if trash:
            pages = client.trashed_versions(name, most(limit, everything))
            tell_pages(pages, show_trashed_versions, as_json)
        else:
            pages = client.model(name, most(limit, everything))
            tell_pages(pages, show_versions, as_json, rows="versions")


@app.command()
def promote(
    name: ModelName,
    version: Annotated[int, typer.Argument(min=1, help="The one that is to answer.")],
    force: Annotated[
        bool, typer.Option("--force", help="Also if it is worse than the one that does.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Kept with the move.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make a version the champion, which answers where no version is named."""
    with connected() as client:
        wanted = {"version": version, "force": force, "reason": reason}
        tell(client.promote(name, wanted), show_promotion, as_json)


@app.command()
def rollback(name: ModelName, as_json: AsJson = False) -> None:
    """Have the version answer again that did so before."""
    with connected() as client:
        tell(client.roll_back(name), show_promotion, as_json)


app.command("label")(label_model)
app.command()(delete)
app.command()(restore)


def predict(
    model: str,
    paths: Annotated[
        list[Path], typer.Argument(exists=True, help="Pictures, or folders of pictures.")
    ],
    version: Annotated[int | None, typer.Option(min=1, help="Default: the champion.")] = None,
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
