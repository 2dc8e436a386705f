"""Originals a person may look into: scans of their scope whose first image is still here, and where it lies."""

from __future__ import annotations

from django.db.models import QuerySet

from isocentre.core.actor import Actor
from isocentre.rooms.intake import recalling, scans, viewing
from isocentre.rooms.intake.models import Disposition, LedgerRow


def originals(by: Actor) -> QuerySet[LedgerRow]:
    """One row a scan: of every scan for who sees arrivals, of held ones for who sees those alone.

    Of somebody who opted out, or of the wrong patient and taken back, nothing is looked at, whatever became of it.
    """
    if not by.may("held_view"):
        viewing.require(by, "arrivals_view")
    rows = viewing.visible(by).filter(arrival__erased_at=None).exclude(disposition=Disposition.OPTED_OUT)
    rows = rows.exclude(recalling.OUT)
    if not by.may("arrivals_view"):
        rows = rows.filter(disposition=Disposition.HELD)
    return scans.representatives(rows)
