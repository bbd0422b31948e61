"""`purr explain`: why a model answers as it does about a picture."""

from base64 import b64decode
from pathlib import Path
from typing import Annotated

import typer

from service.cli.commands.connection import connected
from service.cli.commands.options import AsJson, Model
from service.cli.render.explanations import show_explanation
from service.cli.saving import save
from service.cli.terminal import say, say_raw


def explain(
    model: Model,
    picture: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    version: Annotated[int | None, typer.Option(min=1, help="Default: the champion.")] = None,
    label: Annotated[
        str | None, typer.Option("--class", help="What speaks for this class; default: the answer.")
    ] = None,
    nearest: Annotated[int, typer.Option(min=0, max=50, help="How many rows like it.")] = 5,
    heat_map: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draws where it looked into FILE, a PNG.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask a model about a picture, what on it speaks for the answer, and which rows it has learned
    from are most like it."""
    with connected() as client:
        answer = client.explain(model, version, picture, {"class": label, "nearest": nearest})
        if heat_map is not None:
            _, _, encoded = answer.json["heat_map"].partition(",")
            save([b64decode(encoded)], heat_map, force)
        if as_json:
            say_raw(answer.raw)
            return
        show_explanation(answer.json)
        if heat_map is not None:
            say(str(heat_map))
