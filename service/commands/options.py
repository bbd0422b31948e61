"""Options that several commands share."""

from typing import Annotated, TypeAlias

import typer

AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print exactly what the API said; a line for each page.")
]
Limit: TypeAlias = Annotated[int, typer.Option(min=1, help="The most that is listed.")]
