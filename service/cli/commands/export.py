"""`purr models export`: a version as a file, for use without the service."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from service.cli.commands.connection import connected
from service.cli.commands.options import ModelName
from service.cli.saving import save
from service.cli.terminal import say, say_bytes

STDOUT = Path("-")


class Form(StrEnum):
    """What a version can be taken away as."""

    ONNX = "onnx"
    INT8 = "int8"
    BUNDLE = "bundle"
    WEIGHTS = "weights"


# How the name of each ends.
ENDS = {
    Form.ONNX: ".onnx",
    Form.INT8: ".int8.onnx",
    Form.BUNDLE: ".zip",
    Form.WEIGHTS: ".safetensors",
}


def export(
    name: ModelName,
    version: Annotated[int | None, typer.Argument(min=1, help="Default: the champion.")] = None,
    form: Annotated[
        Form, typer.Option("--as", help="A bundle has the first and the last, and a program.")
    ] = Form.ONNX,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Default: NAME-VERSION.…; - for stdout."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it is there.")] = False,
) -> None:
    """Download a version as a file for use elsewhere. Its path is printed."""
    with connected() as client:
        number = version or client.champion(name)
        pieces = client.exported(name, number, form)
        if output == STDOUT:
            say_bytes(pieces)
            return
        path = output or Path(f"{name}-{number}{ENDS[form]}")
        save(pieces, path, force)
        say(str(path))
