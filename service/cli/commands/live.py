"""`purr feedback` and `purr models live`: what was true, and how a version does."""

from typing import Annotated

import typer

from service.cli.commands.connection import connected
from service.cli.commands.options import AsJson, ModelName
from service.cli.render.lists import tell
from service.cli.render.live import show_judged, show_live


def feedback(
    truths: Annotated[
        list[str],
        typer.Argument(
            metavar="ID=LABEL", help="A prediction and its true label; without one, none of them."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Say what was true of predictions, by the ids that they carry."""
    items = [each.partition("=") for each in truths]
    for sent, (_, sign, _) in zip(truths, items, strict=True):
        if not sign:
            raise typer.BadParameter(f"Expected ID=LABEL, got {sent!r}.")
    said = [{"prediction_id": each, "label": label or None} for each, _, label in items]
    with connected() as client:
        tell(client.feedback({"feedback": said}), show_judged, as_json)


def live(
    name: ModelName,
    version: Annotated[
        int | None, typer.Argument(min=1, help="Its number; the champion where none is given.")
    ] = None,
    hours: Annotated[int, typer.Option(min=1, help="Until now, of which is told.")] = 7 * 24,
    as_json: AsJson = False,
) -> None:
    """Show how a version does since it answers, by the predictions that were judged."""
    with connected() as client:
        number = client.champion(name) if version is None else version
        tell(client.live(name, number, hours), show_live, as_json)
