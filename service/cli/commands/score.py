"""`purr score`: a model answers for all rows of a dataset, or of files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.answers import Answer
from service.cli.commands.connection import connected
from service.cli.commands.options import AsJson, Model
from service.cli.commands.submitted import detachable
from service.cli.commands.trained import STDOUT
from service.cli.follow import expect, follow_scoring, follow_upload
from service.cli.names import dataset_id
from service.cli.render.lists import tell
from service.cli.render.scorings import show_scoring
from service.cli.saving import save
from service.cli.terminal import remark, say, say_bytes
from worker.jsontypes import Json

if TYPE_CHECKING:
    from service.cli.client import Client

# The media type of each form in which results may be asked for.
KINDS = {
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}


Asked = Annotated[
    str,
    typer.Argument(
        metavar="DATASET|PATH",
        help="The id or the name of a dataset; or a file, or a folder with its slash, without "
        "labels: pictures, an archive of them, a table or an array.",
    ),
]


def score(
    model: Model,
    dataset: Asked,
    version: Annotated[int | None, typer.Option(min=1, help="Default: the champion.")] = None,
    split: Annotated[str | None, typer.Option(help="train, validation or test alone.")] = None,
    top: Annotated[int, typer.Option(min=1, help="Classes whose probabilities are told.")] = 10,
    threshold: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Of two classes: from where on the second is meant."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="- for stdout.")
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", help="csv, ndjson or parquet. Default: as FILE ends, or csv."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Have a model answer for all rows of a dataset or of files, and count the answers. Written to
    FILE."""
    if as_json and output == STDOUT:
        raise typer.BadParameter("Expected --json or --output -, got both.")
    kind = kind_of(form, output)
    with connected() as client:
        asked = {"model": model, "version": version, "top": top, "threshold": threshold}
        scored = followed(client, submitted(client, asked, dataset, split))
        expect("succeeded", scored.json)
        if output == STDOUT:
            say_bytes(client.results(scored.json["id"], kind))
            return
        if output is not None:
            save(client.results(scored.json["id"], kind), output, force)
        tell(scored, show_scoring, as_json)
        if output is not None and not as_json:
            say(str(output))


def submitted(client: Client, asked: Json, what: str, split: str | None) -> str:
    """The id of a scoring of what is a path, or otherwise a dataset."""
    path = Path(what)
    if path.is_file() or ("/" in what and path.is_dir()):
        if split is not None:
            raise typer.BadParameter("Expected --split with a dataset, got it with a path.")
        return follow_upload(client, None, [path], asked, "predictions")
    rows = {"dataset": dataset_id(client, what), "split": split}
    return str(client.submit_scoring({**asked, **rows}).json["id"])


def kind_of(form: str | None, output: Path | None) -> str:
    """The media type that is meant; where none is said, as the file ends."""
    word = form or (output.suffix[1:] if output and output.suffix[1:] in KINDS else "csv")
    if word not in KINDS:
        raise typer.BadParameter(f"Expected --format {', '.join(KINDS)}, got {word}.")
    return KINDS[word]


def followed(client: Client, scoring: str) -> Answer:
    remark(f"Submitted as {scoring}.")
    with detachable(f"it goes on. GET /v1/predictions/{scoring} shows it."):
        return follow_scoring(client, scoring)
