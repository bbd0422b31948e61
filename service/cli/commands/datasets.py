"""`purr datasets`: upload, list, show, cancel, delete."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from service.cli.commands.connection import connected
from service.cli.commands.options import All, AsJson, Dataset, Limit, most
from service.cli.follow import expect, follow_upload, wait_until_imported
from service.cli.names import dataset_id
from service.cli.render.datasets import show_dataset, show_datasets
from service.cli.render.lists import tell, tell_pages
from service.cli.terminal import remark

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
    label: Annotated[
        str | None, typer.Option(help="Column of a table that has the classes.")
    ] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option(help="Column of a table that is not used; may come again.")
    ] = None,
    wait: Annotated[bool, typer.Option(help="Wait until it is ready or rejected.")] = True,
    as_json: AsJson = False,
) -> None:
    """Upload a dataset and wait until the service has checked it."""
    options = {
        "image_size": image_size, "resize": resize, "channel_order": channel_order, "x": x, "y": y,
        "label": label, "leave_out": leave_out,
    }  # fmt: skip
    with connected() as client:
        answer = follow_upload(client, name or files[0].resolve().stem, files, options)
        remark(f"Uploaded as {answer.json['id']}.")
        if wait:
            answer = wait_until_imported(client, answer.json["id"])
        tell(answer, show_dataset, as_json)
        if wait:
            expect("ready", answer.json)


@app.command("list")
def list_(limit: Limit = 50, everything: All = False, as_json: AsJson = False) -> None:
    """List the datasets, and why those that were rejected were."""
    with connected() as client:
        tell_pages(client.datasets(most(limit, everything)), show_datasets, as_json)


@app.command()
def show(dataset: Dataset, as_json: AsJson = False) -> None:
    """Show one dataset: its classes, its rows and what was found in it."""
    with connected() as client:
        tell(client.dataset(dataset_id(client, dataset)), show_dataset, as_json)


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
        remark(f"{found} is deleted.")
