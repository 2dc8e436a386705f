"""Who takes scans back, the scan that is taken back, and what became of it: for the tests of recalls."""

from __future__ import annotations

from django.utils import timezone
from support.hospital import arrive, enrolled, newcomer

from isocentre.core.actor import Actor, Scope
from isocentre.core.routing import Route
from isocentre.rooms.intake import door, recalling
from isocentre.rooms.intake.models import Disposition, LedgerRow, Recall, RecalledImage

MANAGER = Actor("person", "manager", "pacs_manager", Scope.everything(),
                frozenset({"scans_recall", "arrivals_view", "held_act", "held_view"}))  # fmt: skip
REASON = "Scanned under the previous patient"
ONE, OTHER = "1.2.3.1", "1.2.3.2"
RIGHT = "NM777002"
"""The patient whose images they are."""


def pending(*uids: str, series: str = "1.2.3.0", slug: str = "lungs", **changes: object) -> None:
    one = LedgerRow.objects.exclude(enrolment=None).first()
    person = one.enrolment_id if one else enrolled(slug).pk
    route = Route(slug, enrolment_id=person, time_point="Baseline", study_day=0)
    arrive(*(newcomer(uid, route=route, facts={"series_uid": series, "series_description": "Thorax"}, **changes)
             for uid in uids))  # fmt: skip


def sent(*uids: str) -> None:
    for uid in uids:
        LedgerRow.objects.filter(sop_instance_uid=uid).update(
            disposition="sent_on", sent_at=timezone.now(), object_uid=f"2.25.{uid[-1]}", object_study_uid="2.25.77",
            event_id="e" * 32, pseudonym="P1", profile="basic v1", sent_sha256="0" * 64, receipt_sent=False,
        )  # fmt: skip


def back(*series: str, uid: str = ONE, by: Actor = MANAGER, reason: str = REASON) -> Recall:
    key = LedgerRow.objects.filter(sop_instance_uid=uid).order_by("pk")[0].pk
    return recalling.recall(by=by, key=key, series=series or ("1.2.3.0",), reason=reason)


def state(uid: str = ONE, slug: str = "lungs") -> tuple[str, str, bool]:
    row = LedgerRow.objects.get(sop_instance_uid=uid, research_study=slug)
    return row.disposition, row.cause, row.recalled


def answer(outcome: str = "recalled") -> int:
    images = RecalledImage.objects.filter(state__in=RecalledImage.OPEN)
    keys = list(images.values_list("pk", flat=True))
    recalling.name({one.pk: one.object_uid or f"2.25.9{one.pk}" for one in images})
    return recalling.told(keys, dict.fromkeys(keys, outcome))


def balanced() -> bool:
    return all(one["received"] == sum(one[d] for d in Disposition.values) for one in door.totals().values())
