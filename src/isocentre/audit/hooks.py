"""What `audit` tells the pages that span rooms."""

from __future__ import annotations

from django.db.models import Max
from django.urls import reverse

from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor
from isocentre.core.hooks import Figure, NavItem, Tally


def navigation(actor: Actor) -> list[NavItem]:
    """The audit trail."""
    return [NavItem("Audit", reverse("audit"), 90, "a")] if actor.may("audit_view") else []


def tallies(actor: Actor) -> list[Tally]:
    """Entries sealed into the chain, whose numbers have no gap."""
    if not actor.may("audit_view"):
        return []
    last = AuditRow.objects.aggregate(last=Max("chain_no"))["last"] or 0
    refused = AuditRow.objects.filter(action__in=("sign_in_failed", "sign_in_refused")).count()
    url = reverse("audit")
    return [
        Tally("audit.sealed", last, "audit entry", "audit entries", url),
        Tally("audit.refused", refused, "sign-in failed", "sign-ins failed", f"{url}?action=sign_in_failed"),
    ]


def figures(actor: Actor) -> list[Figure]:
    """How much is not yet sealed, for those who read the trail."""
    return backlog() if actor.may("audit_view") else []


def backlog() -> list[Figure]:
    """Rows not yet in the chain."""
    return [Figure(f"{AuditRow.objects.filter(chain_no=None).count():,}", "Audit entries not yet sealed")]
