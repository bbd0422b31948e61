"""How the service's limits and its readiness look."""

from service.cli.terminal import say, say_fields
from worker.jsontypes import Json

KIB = 1024
UNITS = ("KiB", "MiB", "GiB", "TiB")


def show_limits(limits: Json) -> None:
    say_fields((name, _limit(name, value)) for name, value in limits.items())


def show_ready(ready: Json) -> None:
    say(ready["status"])


def _limit(name: str, value: int) -> str:
    return f"{value} ({_size(value)})" if name.endswith("_bytes") and value >= KIB else str(value)


def _size(count: int) -> str:
    """Bytes in the largest unit of which there is at least one."""
    power = min((count.bit_length() - 1) // 10, len(UNITS))
    return f"{count / KIB**power:.4g} {UNITS[power - 1]}"
