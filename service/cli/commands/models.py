"""`purr models`: list, show, promote, rollback, live, export, delete, restore, label."""

from typing import Annotated

import typer

from service.cli.commands.connection import connected
from service.cli.commands.deleted_models import delete, restore
from service.cli.commands.export import export
from service.cli.commands.labels import label_model
from service.cli.commands.live import live
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
from service.cli.render.lists import tell, tell_pages
from service.cli.render.models import (
    show_models,
    show_promotion,
    show_trashed_models,
    show_trashed_versions,
    show_versions,
)

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
    threshold: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Probability from which on the second of two is said."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a version the champion, which answers where no version is named."""
    with connected() as client:
        wanted = {"version": version, "force": force, "reason": reason}
        wanted |= {} if threshold is None else {"threshold": threshold}
        tell(client.promote(name, wanted), show_promotion, as_json)


@app.command()
def rollback(name: ModelName, as_json: AsJson = False) -> None:
    """Have the version answer again that did so before."""
    with connected() as client:
        tell(client.roll_back(name), show_promotion, as_json)


app.command()(live)
app.command()(export)
app.command("label")(label_model)
app.command()(delete)
app.command()(restore)
