"""`purr models delete` and `restore`."""

from typing import Annotated

import typer

from service.cli.commands.connection import connected
from service.cli.commands.options import AsJson, ModelName
from service.cli.render.lists import tell
from service.cli.render.models import show_model, show_version
from service.cli.terminal import remark

Version = Annotated[
    int | None, typer.Argument(min=1, help="One version alone. Default: all of them.")
]


def delete(name: ModelName, version: Version = None) -> None:
    """Delete a model, or a version of it that no alias names and no job needs."""
    with connected() as client:
        client.delete_model(name, version)
        what = name if version is None else f"Version {version} of {name}"
        from purrceptron import Refused

        try:
            until = client.newest_trashed(name, version and version + 1).json["data"][0][
                "trashed_until"
            ]
        except Refused:  # it is not kept in a trash
            remark(f"{what} is deleted.")
        else:
            remark(f"{what} is deleted; until {until} `purr models restore` brings it back.")


def restore(name: ModelName, version: Version = None, as_json: AsJson = False) -> None:
    """Bring back a model, or a version of it, that was deleted, as it was."""
    with connected() as client:
        answer = client.restore_model(name, version)
        tell(answer, show_model if version is None else show_version, as_json)
