"""`purr backbones`: add, list, show, delete."""

import re
from pathlib import Path
from typing import Annotated, Literal

import typer

from service.cli.commands.connection import connected
from service.cli.commands.options import All, AsJson, Limit, most
from service.cli.follow import expect, follow_upload, wait_until_tried
from service.cli.render.backbones import show_backbone, show_backbones
from service.cli.render.lists import tell, tell_pages
from service.cli.terminal import remark

LONGEST = 63  # characters of a name

app = typer.Typer(help="Networks of others that make features of pictures.", no_args_is_help=True)

Convention = Literal["torchvision", "keras", "raw"]
Layout = Literal["NHWC", "NCHW"]
Resize = Literal["squash", "crop"]
ChannelOrder = Literal["rgb", "bgr"]
Backbone = Annotated[str, typer.Argument(help="Its id, or its name.")]


@app.command()
def add(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A network in ONNX, in one file.")
    ],
    name: Annotated[str | None, typer.Option(help="Default: the file's name.")] = None,
    output: Annotated[
        str | None, typer.Option(help="Tensor with the features. Default: as the network ends.")
    ] = None,
    convention: Annotated[
        Convention | None, typer.Option(help="How it has pixels scaled. Default: raw.")
    ] = None,
    size: Annotated[
        str | None, typer.Option(help="Height and width, such as 224 or 224,160.")
    ] = None,
    layout: Annotated[Layout | None, typer.Option(help="Default: as its shape tells.")] = None,
    scale: Annotated[
        float | None, typer.Option(help="It is given (pixels * scale - mean) / std.")
    ] = None,
    mean: Annotated[str | None, typer.Option(help="Of each channel, or one number.")] = None,
    std: Annotated[str | None, typer.Option(help="Of each channel, or one number.")] = None,
    channel_order: Annotated[ChannelOrder | None, typer.Option(help="Default: rgb.")] = None,
    resize: Annotated[
        Resize | None, typer.Option(help="How pictures get that size. Default: squash.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send a network and wait until the service has tried it. What its file says itself need not
    be said again."""
    options = {
        "output": output, "convention": convention, "size": size, "layout": layout, "scale": scale,
        "mean": mean, "std": std, "channel_order": channel_order, "resize": resize,
    }  # fmt: skip
    called = name or name_of(file)
    with connected() as client:
        added = follow_upload(client, called, [file], options, "backbones")
        answer = wait_until_tried(client, added)
        tell(answer, show_backbone, as_json)
        expect("ready", answer.json)


def name_of(file: Path) -> str:
    """The file's name, with nothing in it that a name may not have."""
    plain = re.sub(r"[^a-z0-9._-]+", "-", file.resolve().stem.lower())
    return plain.strip("-._")[:LONGEST] or "backbone"


@app.command("list")
def list_(limit: Limit = 50, everything: All = False, as_json: AsJson = False) -> None:
    """List the backbones, and why those that were rejected were."""
    with connected() as client:
        tell_pages(client.backbones(most(limit, everything)), show_backbones, as_json)


@app.command()
def show(backbone: Backbone, as_json: AsJson = False) -> None:
    """Show one backbone: what it expects of a picture, and what it makes of it."""
    with connected() as client:
        tell(client.backbone(backbone), show_backbone, as_json)


@app.command()
def delete(backbone: Backbone) -> None:
    """Delete a backbone that no model needs, for good."""
    with connected() as client:
        client.delete_backbone(backbone)
        remark(f"{backbone} is deleted.")
