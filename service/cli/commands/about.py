"""`purr recipes`, `purr limits`, `purr usage`, `purr retention` and `purr ready`."""

from service.cli.commands.connection import connected
from service.cli.commands.options import AsJson
from service.cli.render.about import show_limits, show_ready
from service.cli.render.lists import tell
from service.cli.render.recipes import show_recipes
from service.cli.render.retention import show_retention
from service.cli.render.usage import show_usage


def recipes(as_json: AsJson = False) -> None:
    """List the recipes: what each is for, and what it has reached."""
    with connected() as client:
        tell(client.recipes(), lambda answer: show_recipes(answer["data"]), as_json)


def limits(as_json: AsJson = False) -> None:
    """Show every limit that the service has in force."""
    with connected() as client:
        tell(client.limits(), show_limits, as_json)


def usage(as_json: AsJson = False) -> None:
    """Show what takes the room of the store: bytes by kind, and the largest of all."""
    with connected() as client:
        tell(client.usage(), show_usage, as_json)


def retention(as_json: AsJson = False) -> None:
    """Show what is kept for how long, and what would go now; nothing goes by that."""
    with connected() as client:
        tell(client.retention(), show_retention, as_json)


def ready(as_json: AsJson = False) -> None:
    """Ask whether the service can work. Exit code 0, or 1 and what is away."""
    with connected() as client:
        tell(client.ready(), show_ready, as_json)
