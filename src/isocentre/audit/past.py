"""The history at the end of an object's page: what was done with it, in words, as far as who reads it may know."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet

from isocentre.audit.models import AuditRow
from isocentre.audit.words import ROUTINE, called, describe
from isocentre.core.actor import Actor

MOST = 20
LOOKS = ("viewed", "read", "downloaded", "exported", "tried")
"""Last words of actions that only looked: who looked at what is read by those who read the audit trail."""
OF_THE_SIDE = frozenset({"person", "token", "gateway"})
"""Kinds of object that administrators look after and that no scan stands beside."""
NUMBERED = frozenset({"scan", "imaging_event", "sender", "token", "enrolment"})
"""Kinds of object whose name in the trail is a number that says nothing to people."""
Line = tuple[datetime | None, str]


def past(
    *, by: Actor, about: Collection[tuple[str, str]], thing: str = "", routine: bool = False, most: int = MOST
) -> list[Line]:
    """The newest first: when (None: who reads it may not see a clock) and what, of (kind of object, its name) each.

    `thing`: what the page's own object is called, where its name in the trail says nothing to people. `routine`: also
    what machines do with it all day.
    """
    if not about:
        return []
    rows = list(_rows(by, about, routine).order_by("-at", "-id")[:most])
    known = called(rows)
    mine = frozenset(about)
    clock = {kind: _sees_clock(by, kind) for kind, _ in mine}
    return [
        (row.at if clock[row.object_type] else None, describe(row, known, _called(row, thing), which=True))
        for row in rows
    ]


def _rows(by: Actor, about: Collection[tuple[str, str]], routine: bool) -> QuerySet[AuditRow]:
    names: dict[str, list[str]] = {}
    for kind, name in about:
        names.setdefault(kind, []).append(name)
    where = Q()
    for kind, some in names.items():
        where |= Q(object_type=kind, object_id__in=some)
    rows = AuditRow.objects.filter(where)
    if not by.may("audit_view"):
        looks = Q()
        for word in LOOKS:
            looks |= Q(action__endswith=f"_{word}")
        rows = rows.exclude(looks)
    return rows if routine else rows.exclude(actor_kind__in=("system", "gateway"), action__in=ROUTINE)


def _called(row: AuditRow, thing: str) -> str:
    """Words for the object that the page shows; a decision, a finding or a rule keeps its own name."""
    return thing if row.object_type in NUMBERED else ""


def _sees_clock(by: Actor, kind: str) -> bool:
    """On the national side a clock time stands beside what belongs to scans only for who may read real times anyway,
    and for the auditor, who sees no scan (design §3, Dates)."""
    return (
        settings.ZONE == "gateway" or kind in OF_THE_SIDE or by.may("realtime_view") or by.may("audit_view")
    )  # fmt: skip
