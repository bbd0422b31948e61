"""Who may change something by a tool."""

from starlette.types import Scope

from service.middleware.access import Access
from service.settings import ServiceSettings

OF_THE_KEY = "this key may only read. Ask whoever runs the service for a key that may write."
OF_NONE = (
    "no key is asked for here, so whoever reaches this address could. Whoever runs the service can "
    "set PURR_API_KEY, or PURR_MCP_WRITES=true."
)


class Permission:
    """Knows which callers may write: those with the key; where none is asked for, nobody, unless a
    setting says so, since a model does what the texts that it reads talk it into."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._access = Access(settings)
        self._is_open = settings.api_key is None and not settings.mcp_writes

    def refusal(self, scope: Scope) -> str | None:
        """Returns why a caller may not write; None if it may."""
        if self._is_open:
            return OF_NONE
        return None if self._access.may_write(scope) else OF_THE_KEY
