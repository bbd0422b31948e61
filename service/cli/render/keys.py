"""How keys look."""

from collections.abc import Sequence

from service.cli.terminal import remark, say, say_fields, say_table
from worker.jsontypes import Json

FIELDS = "id", "name", "per_minute", "expires_at", "old_until"


def show_new_key(key: Json) -> None:
    """Its secret last, alone in its line, so that it can be copied or cut off."""
    say_fields([("scopes", ", ".join(key["scopes"])), *((name, key[name]) for name in FIELDS)])
    remark("Keep the last line now: it is never shown again.")
    say(key["key"])


def show_keys(keys: Sequence[Json]) -> None:
    say_table(
        ("id", "name", "scopes", "state", "last used", "expires"),
        (
            (
                k["id"],
                k["name"],
                ", ".join(k["scopes"]),
                k["state"],
                k["last_used_at"],
                k["expires_at"],
            )
            for k in keys
        ),
    )
