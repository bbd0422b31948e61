"""`purr datasets`: upload, list, show, edit, cancel, delete, restore."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from service.cli.commands.connection import connected
from service.cli.commands.edit import edit
from service.cli.commands.labels import Notes, Tag, label_dataset
from service.cli.commands.options import All, AsJson, Dataset, Limit, Tags, Trash, most
from service.cli.follow import expect, follow_upload, wait_until_imported
from service.cli.names import TRASHED, dataset_id
from service.cli.render.datasets import show_dataset, show_datasets, show_trash
from service.cli.render.lists import tell, tell_pages
from service.cli.render.pictures import fitting, show_pictures
from service.cli.render.statistics import show_statistics
from service.cli.terminal import paints, remark
from worker.jsontypes import Json

if TYPE_CHECKING:
    from service.cli.client import Client

app = typer.Typer(help="Upload datasets and look at them.", no_args_is_help=True)

Resize = Literal["squash", "crop", "pad"]
ChannelOrder = Literal["rgb", "bgr"]
Files = Annotated[
    list[Path],
    typer.Argument(
        exists=True,
        help="Arrays in HDF5, NPZ or NPY; pictures in zips, tars or a folder; or a table in CSV, "
        "JSON Lines, Parquet or Arrow.",
    ),
]
LabelColumn = Annotated[str | None, typer.Option(help="Column of a table that has the classes.")]
LeaveOut = Annotated[
    list[str] | None, typer.Option(help="Column of a table that is not used; may come again.")
]


@app.command()
def upload(
    files: Files,
    name: Annotated[str | None, typer.Option(help="Default: the first file's name.")] = None,
    image_size: Annotated[
        int | None, typer.Option(help="Pixels on each side of files of pictures. Default: 64.")
    ] = None,
    resize: Annotated[
        Resize | None, typer.Option(help="How they get that size. Default: squash.")
    ] = None,
    channel_order: Annotated[
        ChannelOrder | None, typer.Option(help="Of arrays of pictures. Default: rgb.")
    ] = None,
    x: Annotated[str | None, typer.Option(help="How arrays of pictures are called.")] = None,
    y: Annotated[str | None, typer.Option(help="How arrays of labels are called.")] = None,
    label: LabelColumn = None,
    leave_out: LeaveOut = None,
    dry_run: Annotated[
        bool, typer.Option(help="Only have it looked at; nothing but the report is kept.")
    ] = False,
    notes: Notes = None,
    tag: Tag = None,
    wait: Annotated[bool, typer.Option(help="Wait until it is ready or rejected.")] = True,
    as_json: AsJson = False,
) -> None:
    """Upload a dataset and wait until the service has checked it."""
    options = {
        "image_size": image_size, "resize": resize, "channel_order": channel_order, "x": x, "y": y,
        "label": label, "leave_out": leave_out, "dry_run": dry_run or None,
        "notes": notes, "tag": tag,
    }  # fmt: skip
    with connected() as client:
        made = follow_upload(client, name or files[0].resolve().stem, files, options)
        remark(f"Uploaded as {made}.")
        answer = wait_until_imported(client, made) if wait else client.dataset(made)
        tell(answer, show_dataset, as_json)
        if wait:
            expect("checked" if dry_run else "ready", answer.json)


@app.command("list")
def list_(
    trash: Trash = False,
    tag: Tags = None,
    limit: Limit = 50,
    everything: All = False,
    as_json: AsJson = False,
) -> None:
    """List the datasets, and why those that were rejected were."""
    with connected() as client:
        pages = client.datasets(most(limit, everything), TRASHED if trash else None, tag=tag)
        tell_pages(pages, show_trash if trash else show_datasets, as_json)


@app.command()
def show(dataset: Dataset, as_json: AsJson = False) -> None:
    """Show one dataset: its classes, its rows, what was found in it and what its numbers are like.
    On a terminal with colours also a picture of each class."""
    with connected() as client:
        answer = client.dataset(dataset_id(client, dataset))
        tell(answer, show_dataset, as_json)
        if answer.json["state"] == "ready" and not as_json:
            found = client.statistics(answer.json["id"]).json
            show_statistics(found, answer.json)
            if paints() and len(answer.json["shape"]) > 1:
                show_pictures(_first_pictures(client, found))


app.command()(edit)
app.command("label")(label_dataset)


@app.command()
def cancel(
    dataset: Annotated[
        str, typer.Argument(help="Its id, or its name: the newest import of that name.")
    ],
    as_json: AsJson = False,
) -> None:
    """End an import and discard what it did."""
    with connected() as client:
        found = dataset_id(client, dataset, "importing")
        tell(client.cancel_import(found), show_dataset, as_json)


@app.command()
def delete(dataset: Dataset) -> None:
    """Delete a dataset that no job needs any more; models that learned from it stay."""
    with connected() as client:
        found = dataset_id(client, dataset)
        client.delete_dataset(found)
        from purrceptron import Refused

        try:
            until = client.dataset(found).json["trashed_until"]
        except Refused:  # it is not kept in a trash
            remark(f"{found} is deleted.")
        else:
            remark(f"{found} is deleted; until {until} `purr datasets restore` brings it back.")


@app.command()
def restore(
    dataset: Annotated[
        str, typer.Argument(help="Its id, or its name: the newest of that name in the trash.")
    ],
    as_json: AsJson = False,
) -> None:
    """Bring back a dataset that was deleted, as it was."""
    with connected() as client:
        found = dataset_id(client, dataset, TRASHED)
        tell(client.restore_dataset(found), show_dataset, as_json)


def _first_pictures(client: Client, found: Json) -> list[tuple[str, bytes]]:
    """The first training picture of the first classes, each with its class."""
    classes = found["splits"]["train"]["per_class"].items()
    firsts = ((name, own["first"]) for name, own in classes if own["first"] is not None)
    return [
        (name, client.picture(found["dataset"], "train", row))
        for name, row in islice(firsts, fitting())
    ]
