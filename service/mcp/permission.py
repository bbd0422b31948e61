"""Who has which tools."""

from starlette.types import Scope

from service.access.caller import Caller
from service.access.key_scope import KeyScope
from service.access.rules import Rules
from service.mcp.operations import Operation
from service.settings import ServiceSettings

OF_THE_KEY = "this key may only {}. Ask whoever runs the service for a key that may {}."
OF_NONE = (
    "no key is asked for here, so whoever reaches this address could. Whoever runs the service can "
    "set PURR_API_KEY, or PURR_MCP_WRITES=true."
)


class Permission:
    """Knows which callers may ask what: by the scopes of their keys; and where no key is asked for,
    nobody may change anything unless a setting says so, since a model does what the texts that it
    reads talk it into."""

    def __init__(self, settings: ServiceSettings, rules: Rules) -> None:
        self._rules = rules
        self._is_open = settings.api_key is None and not settings.mcp_writes

    def refusal(self, scope: Scope, operations: list[Operation]) -> str | None:
        """Returns why a caller may ask none of these operations; None if it may."""
        caller: Caller = scope["state"]["caller"]
        needs = [self._rules.needed(one.method, one.path) for one in operations]
        if self._is_open and all(self._rules.changes(one.method, one.path) for one in operations):
            return OF_NONE
        if any(caller.may(one) for one in needs):
            return None
        wanted = " or ".join(scope for scope in KeyScope if any(scope in one for one in needs))
        return OF_THE_KEY.format(" and ".join(sorted(caller.scopes, reverse=True)), wanted)
