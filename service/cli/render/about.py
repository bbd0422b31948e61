"""How the service's limits and its readiness look."""

from service.cli.render.words import KIB, size
from service.cli.terminal import say, say_fields
from worker.jsontypes import Json


def show_limits(limits: Json) -> None:
    say_fields((name, _limit(name, value)) for name, value in limits.items())


def show_ready(ready: Json) -> None:
    say(ready["status"])


def _limit(name: str, value: int) -> str:
    return f"{value} ({size(value)})" if name.endswith("_bytes") and value >= KIB else str(value)
