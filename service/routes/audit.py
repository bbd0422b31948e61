"""What was changed, by whom, and who was refused."""

from typing import Annotated, Literal

from fastapi import Query, Response

from service.access.scopes import ADMIN, ScopedRouter
from service.deps import AuditDep, Limit
from service.responses.pages import page
from service.schemas.audit import AuditEntry
from service.schemas.common import Page

router = ScopedRouter(prefix="/v1/audit", tags=["keys"], needs={"GET": ADMIN})

Kind = Annotated[
    Literal["changes", "refusals"],
    Query(description="What may have changed something, or keys that were refused."),
]

AfterEntry = Annotated[
    str | None,
    Query(pattern=r"^[0-9]{1,18}-[0-9]{1,18}$", description="The `next` of the page before."),
]


@router.get("", response_model=Page[AuditEntry])
def list_audit(
    audit: AuditDep, kind: Kind = "changes", limit: Limit = 50, after: AfterEntry = None
) -> Response:
    """The audit log, the newest first."""
    found = audit.kept.page(kind, limit + 1, after)
    return page(((entry.id, AuditEntry.of(entry)) for entry in found), limit)
