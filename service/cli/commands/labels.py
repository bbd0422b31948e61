"""`purr label`, `purr datasets label` and `purr models label`: notes and tags."""

from typing import Annotated, TypeAlias

import typer

from service.cli.commands.connection import connected
from service.cli.commands.options import AsJson, Dataset, Job, ModelName
from service.cli.names import dataset_id, job_id
from service.cli.render.datasets import show_dataset
from service.cli.render.jobs import show_job
from service.cli.render.lists import tell
from service.cli.render.models import show_model
from worker.jsontypes import Json

Notes: TypeAlias = Annotated[
    str | None, typer.Option(help="Any text, in the place of the one before.")
]
Tag: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(help="May come again; in the place of those before."),
]
NoTags: TypeAlias = Annotated[bool, typer.Option("--no-tags", help="Take all tags away.")]


def label(
    job: Job, notes: Notes = None, tag: Tag = None, no_tags: NoTags = False, as_json: AsJson = False
) -> None:
    """Set notes or tags of a job."""
    wanted = _patch(notes, tag, no_tags)
    with connected() as client:
        tell(client.label("jobs", job_id(client, job), wanted), show_job, as_json)


def label_dataset(
    dataset: Dataset,
    notes: Notes = None,
    tag: Tag = None,
    no_tags: NoTags = False,
    as_json: AsJson = False,
) -> None:
    """Set notes or tags of a dataset."""
    wanted = _patch(notes, tag, no_tags)
    with connected() as client:
        tell(client.label("datasets", dataset_id(client, dataset), wanted), show_dataset, as_json)


def label_model(
    name: ModelName,
    notes: Notes = None,
    tag: Tag = None,
    no_tags: NoTags = False,
    as_json: AsJson = False,
) -> None:
    """Set notes or tags of a model."""
    wanted = _patch(notes, tag, no_tags)
    with connected() as client:
        tell(client.label("models", name, wanted), show_model, as_json)


def _patch(notes: str | None, tags: list[str] | None, no_tags: bool) -> Json:
    if tags and no_tags:
        raise typer.BadParameter("Expected --tag or --no-tags, got both.")
    wanted: Json = {} if notes is None else {"notes": notes}
    if tags or no_tags:
        wanted["tags"] = tags or []
    if not wanted:
        raise typer.BadParameter("Expected --notes, --tag or --no-tags, got none of them.")
    return wanted
