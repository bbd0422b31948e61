"""How webhooks look."""

from collections.abc import Sequence

from service.cli.terminal import say, say_fields, say_table
from worker.jsontypes import Json

FIELDS = (
    "id", "job", "type", "url", "state", "attempts", "next_at", "last_status", "last_error",
    "created_at", "delivered_at",
)  # fmt: skip


def show_webhook(webhook: Json) -> None:
    say_fields((name, webhook[name]) for name in FIELDS)


def show_webhooks(webhooks: Sequence[Json]) -> None:
    """A row for each, and under them a line for each whose last try failed: why."""
    say_table(
        ("id", "type", "state", "attempts", "next try", "url"),
        ((w["id"], w["type"], w["state"], w["attempts"], w["next_at"], w["url"]) for w in webhooks),
    )
    if reasons := [(w["id"], w["last_error"]) for w in webhooks if w["last_error"]]:
        say("")
        say_fields(reasons)
