"""What `audit` tells the pages that span rooms."""

from __future__ import annotations

from django.urls import reverse

from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor
from isocentre.core.hooks import Figure, NavItem


def navigation(actor: Actor) -> list[NavItem]:
    """The audit trail."""
    return [NavItem("Audit", reverse("audit"), 90, "a")] if actor.may("audit_view") else []


def figures(actor: Actor) -> list[Figure]:
    """How much is not yet sealed, for those who read the trail."""
    return backlog() if actor.may("audit_view") else []


def backlog() -> list[Figure]:
    """Rows not yet in the chain."""
    return [Figure(f"{AuditRow.objects.filter(chain_no=None).count():,}", "Audit entries not yet sealed")]
