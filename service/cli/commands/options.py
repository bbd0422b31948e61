"""Arguments and options that several commands share."""

import sys
from typing import Annotated, TypeAlias

import typer

from service.cli import completion

AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print exactly what the API said; a line for each page.")
]
Limit: TypeAlias = Annotated[int, typer.Option(min=1, help="The most that is listed.")]
All: TypeAlias = Annotated[bool, typer.Option("--all", help="List all, however many.")]
Version: TypeAlias = Annotated[int | None, typer.Option(min=1, help="Default: the newest.")]
Dataset: TypeAlias = Annotated[
    str,
    typer.Argument(
        help="Its id, or its name: the newest ready dataset of that name.",
        autocompletion=completion.datasets,
    ),
]
Model: TypeAlias = Annotated[str, typer.Argument(autocompletion=completion.models)]
ModelName: TypeAlias = Annotated[
    str, typer.Argument(help="Of the model.", autocompletion=completion.models)
]
Trash: TypeAlias = Annotated[
    bool, typer.Option("--trash", help="List those that were deleted and can be restored.")
]
OfDataset: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--dataset",
        help="Only those that learn from this one.",
        autocompletion=completion.datasets,
    ),
]
JobState: TypeAlias = Annotated[
    str | None, typer.Option("--state", help="Only those in this state.")
]
JobsOf: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--model", help="Only those that train this model.", autocompletion=completion.models
    ),
]
Tags: TypeAlias = Annotated[
    list[str] | None, typer.Option("--tag", help="Only those with this tag; may come again.")
]
Job: TypeAlias = Annotated[
    str,
    typer.Argument(
        help="Its id, or the model it trains: the newest job of that model.",
        autocompletion=completion.jobs,
    ),
]


def most(limit: int, everything: bool) -> int:
    """How many rows a list may have."""
    return sys.maxsize if everything else limit
