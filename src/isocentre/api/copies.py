"""The hospital API of copies at other destinations: what went where, and what is to be deleted there."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema

from isocentre.api.paging import USUAL, After, Limit, Page, of_rows
from isocentre.api.spec import actor, needs
from isocentre.rooms.deid import door

router = Router(tags=["copies"])
State = Literal["waiting", "sent", "failed", "dropped", "recall_asked", "deleted"]


class Copy(Schema):
    """One object at one destination, beside the ledger. `why`: why it was not sent, or is to be deleted there.

    `state`: dropped is what may never go, recall_asked what is to be deleted there, deleted what a certificate says
    was; `certificate` is its reference.
    """

    id: int
    scan: int
    research_study: str
    site: str
    destination: str
    object_uid: str
    revision: int
    sha256: str
    state: State
    why: str
    queued: datetime
    sent: datetime | None
    certificate: str


class Copies(Page):
    """Copies, the newest first."""

    items: list[Copy]


@router.get(
    "/copies", response=Copies, summary="List copies at other destinations",
    openapi_extra=needs("arrivals_view", "held_view"),
)  # fmt: skip
def copies(
    request: HttpRequest, research_study: str = "", state: State | None = None, after: After = "", limit: Limit = USUAL
) -> dict[str, Any]:
    """Every copy in the scope of the token."""
    rows = door.copies(by=actor(request))
    rows = rows.filter(research_study=research_study) if research_study else rows
    rows = rows.filter(state=state) if state else rows
    page, following = of_rows(request, rows, sort="-id", tie="pk", after=after, limit=limit)
    return {"items": [_told(one) for one in page], "next": following}


def _told(one: Any) -> dict[str, Any]:
    return {
        "id": one.pk, "scan": one.row, "research_study": one.research_study, "site": one.site,
        "destination": one.node.name, "object_uid": one.object_uid, "revision": one.revision, "sha256": one.sha256,
        "state": one.state, "why": one.words, "queued": one.queued_at, "sent": one.sent_at,
        "certificate": one.certificate.reference if one.certificate else "",
    }  # fmt: skip
