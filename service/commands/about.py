"""`purr limits` and `purr ready`."""

from service.commands.connection import connected
from service.commands.options import AsJson
from service.views.about import show_limits, show_ready
from service.views.lists import tell


def limits(as_json: AsJson = False) -> None:
    """Show every limit that the service has in force."""
    with connected() as client:
        tell(client.limits(), show_limits, as_json)


def ready(as_json: AsJson = False) -> None:
    """Ask whether the service can work. Exit code 0, or 1 and what is away."""
    with connected() as client:
        tell(client.ready(), show_ready, as_json)
