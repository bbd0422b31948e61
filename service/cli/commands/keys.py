"""`purr keys`: create, list, rotate, revoke."""

from typing import Annotated

import typer

from service.access.key_scope import KeyScope
from service.cli.commands.connection import connected
from service.cli.commands.options import All, AsJson, Limit, most
from service.cli.render.keys import show_keys, show_new_key
from service.cli.render.lists import tell, tell_pages
from service.cli.terminal import say

app = typer.Typer(help="Keys to the service, for whoever may make some.", no_args_is_help=True)

HOUR_S, DAY_S = 3_600, 86_400
KeyId = Annotated[str, typer.Argument(help="Its id.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="For whom or what it is.")],
    scope: Annotated[
        list[KeyScope],
        typer.Option(
            help="What it may be used for; may come again. `admin` is for everything.",
            show_choices=True,
        ),
    ],
    days: Annotated[
        int | None, typer.Option(min=1, help="Days until it expires; otherwise it does not.")
    ] = None,
    per_minute: Annotated[
        int | None,
        typer.Option(min=1, help="Requests that it may make in a minute; otherwise any number."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key, and print what its holder shows, this once."""
    asked = {
        "name": name,
        "scopes": [*scope],
        "lasts_s": None if days is None else days * DAY_S,
        "per_minute": per_minute,
    }
    with connected() as client:
        tell(client.create_key(asked), show_new_key, as_json)


@app.command("list")
def list_(limit: Limit = 50, everything: All = False, as_json: AsJson = False) -> None:
    """List the keys, the newest first; those that have ended for 30 days."""
    with connected() as client:
        tell_pages(client.keys(most(limit, everything)), show_keys, as_json)


@app.command()
def rotate(
    key: KeyId,
    old_lasts: Annotated[
        int, typer.Option(min=0, help="Hours for which the one before is taken, too.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Give a key another secret, and print what its holder shows from now on, this once."""
    with connected() as client:
        asked = {"old_lasts_s": old_lasts * HOUR_S}
        tell(client.rotate_key(key, asked), show_new_key, as_json)


@app.command()
def revoke(key: KeyId) -> None:
    """Have a key refused by every process within a second."""
    with connected() as client:
        client.revoke_key(key)
        say(f"{key} is revoked.")
