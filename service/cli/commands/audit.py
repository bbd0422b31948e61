"""`purr audit`: what was changed, by whom, and who was refused."""

from typing import Annotated

import typer

from service.cli.commands.connection import connected
from service.cli.commands.options import All, AsJson, Limit, most
from service.cli.render.audit import show_audit
from service.cli.render.lists import tell_pages


def audit(
    refusals: Annotated[
        bool, typer.Option("--refusals", help="List the keys that were refused.")
    ] = False,
    limit: Limit = 50,
    everything: All = False,
    as_json: AsJson = False,
) -> None:
    """List what was changed and by whom, the newest first."""
    with connected() as client:
        pages = client.audit(most(limit, everything), "refusals" if refusals else "changes")
        tell_pages(pages, show_audit, as_json)
