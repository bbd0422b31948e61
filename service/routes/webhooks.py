"""What was sent about jobs that ended, and sending it again."""

from typing import Annotated

from fastapi import Query, Response

from service.access.scopes import READ, TRAIN, ScopedRouter
from service.deps import After, Limit, StateDep
from service.openapi.contract import problems
from service.responses.pages import page
from service.schemas.common import Page
from service.schemas.webhooks import Webhook

router = ScopedRouter(prefix="/v1/webhooks", tags=["webhooks"], needs={"GET": READ, "POST": TRAIN})

JobId = Annotated[str | None, Query(pattern=r"^job_[0-9a-f]{32}$", description="Of this job only.")]


@router.get("", response_model=Page[Webhook])
def list_webhooks(
    app_state: StateDep, limit: Limit = 50, after: After = None, job: JobId = None
) -> Response:
    """The webhooks of the last 30 days, the newest first."""
    found = app_state.webhooks.page(limit + 1, after, job)
    return page(((delivery.id, Webhook.of(delivery)) for delivery in found), limit)


@router.post("/{webhook_id}/replay", responses=problems(404, 507))
def replay_webhook(webhook_id: str, app_state: StateDep) -> Webhook:
    """Send it now, whatever became of it before; one that is on its way goes on as it is."""
    return Webhook.of(app_state.webhooks.replay(webhook_id))
