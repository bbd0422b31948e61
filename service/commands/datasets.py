"""`purr datasets`: upload, list, show."""

from pathlib import Path
from typing import Annotated

import typer

from service.commands.connection import connected
from service.commands.options import AsJson, Limit
from service.follow import expect, follow_upload, wait_until_imported
from service.terminal import remark
from service.views import show_dataset, show_datasets, tell, tell_pages

app = typer.Typer(help="Upload datasets and look at them.", no_args_is_help=True)

Files = Annotated[
    list[Path],
    typer.Argument(
        exists=True, dir_okay=False, help="HDF5 files, or one zip of a folder for each class."
    ),
]


@app.command()
def upload(
    files: Files,
    name: Annotated[str | None, typer.Option(help="Default: the first file's name.")] = None,
    wait: Annotated[bool, typer.Option(help="Wait until it is ready or rejected.")] = True,
    as_json: AsJson = False,
) -> None:
    """Upload a dataset and wait until the service has checked it."""
    with connected() as client:
        answer = follow_upload(client, name or files[0].stem, files)
        remark(f"Uploaded as {answer.json['id']}.")
        if wait:
            answer = wait_until_imported(client, answer.json["id"])
        tell(answer, show_dataset, as_json)
        if wait:
            expect("ready", answer.json)


@app.command("list")
def list_(limit: Limit = 50, as_json: AsJson = False) -> None:
    """List the datasets."""
    with connected() as client:
        tell_pages(client.datasets(limit), show_datasets, as_json)


@app.command()
def show(dataset: str, as_json: AsJson = False) -> None:
    """Show one dataset: its classes, its rows and what was found in it."""
    with connected() as client:
        tell(client.dataset(dataset), show_dataset, as_json)


@app.command()
def cancel(dataset: str, as_json: AsJson = False) -> None:
    """End an import and discard what it did."""
    with connected() as client:
        tell(client.cancel_import(dataset), show_dataset, as_json)
