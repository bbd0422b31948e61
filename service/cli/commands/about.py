"""`purr recipes`, `purr limits` and `purr ready`."""

from service.cli.commands.connection import connected
from service.cli.commands.options import AsJson
from service.cli.render.about import show_limits, show_ready
from service.cli.render.lists import tell
from service.cli.render.recipes import show_recipes


def recipes(as_json: AsJson = False) -> None:
    """List the recipes: what each is for, and what it has reached."""
    with connected() as client:
        tell(client.recipes(), lambda answer: show_recipes(answer["data"]), as_json)


def limits(as_json: AsJson = False) -> None:
    """Show every limit that the service has in force."""
    with connected() as client:
        tell(client.limits(), show_limits, as_json)


def ready(as_json: AsJson = False) -> None:
    """Ask whether the service can work. Exit code 0, or 1 and what is away."""
    with connected() as client:
        tell(client.ready(), show_ready, as_json)
