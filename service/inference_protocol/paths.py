"""Which requests speak the protocol."""

from starlette.types import Scope

PREFIX = "/v2"
HEALTH = frozenset({f"{PREFIX}/health/live", f"{PREFIX}/health/ready"})


def is_of_protocol(scope: Scope) -> bool:
    """Whether a request speaks it, with the prefix of a proxy before its path or without."""
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return path == PREFIX or path.startswith(f"{PREFIX}/")
