"""Copies of what was taken back: to be deleted where they are, and the certificates that say they were.

DICOM has no deletion, so a person asks the recipient and records its answer. Nothing is asked by machine.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, Min, OuterRef, QuerySet
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import SYSTEM, Actor
from isocentre.core.checks import Checks, NotFound
from isocentre.rooms.deid.onward import naming
from isocentre.rooms.deid.onward.rows import DeletionCertificate, OnwardCopy, SendNode
from isocentre.rooms.intake import door as intake

SHA256 = re.compile(r"([0-9a-fA-F]{64})?")
AT_ONCE = 500
RECALLED = "It was taken back."
ERASE = "The person withdrew and asked for what was sent on to be erased."
THERE = (OnwardCopy.SENT, OnwardCopy.RECALL_ASKED)


@dataclass(frozen=True, slots=True)
class ToDelete:
    """One scan of which copies are to be deleted at a destination; `key` says which copies, and how many."""

    key: str
    row: int
    images: int
    copies: frozenset[int]


def visible(by: Actor) -> QuerySet[OnwardCopy]:
    """Copies in the actor's scope."""
    return OnwardCopy.objects.filter(intake.within(by, "site"))


def look(worker: str) -> int:
    """Have copies of what was taken back, or is to be erased, deleted where they are; returns how many changed."""
    live = OnwardCopy.objects.filter(state__in=OnwardCopy.PERHAPS_THERE)
    if not live.exists():  # nearly always
        return 0
    # From what was taken back, which is little, to its copies: not through all that ever went.
    back, erase = intake.recalling.images(), intake.LedgerRow.objects.filter(enrolment__withdrawal="erase")
    gone = back.filter(row=OuterRef("row"), revision__gte=OuterRef("revision"))
    recalled = live.filter(row__in=back.values("row")).filter(Exists(gone))
    return _ask(recalled, RECALLED) + _ask(live.filter(row__in=erase.values("pk")), ERASE)


def _ask(copies: QuerySet[OnwardCopy], words: str) -> int:
    """What may be there is to be deleted there; what cannot be is not sent any more."""
    there = list(copies.exclude(offered_at=None).order_by("pk").values_list("pk", "node", "node__name")[:AT_ONCE])
    never = copies.filter(offered_at=None, state=OnwardCopy.WAITING)
    stop = list(never.values_list("pk", flat=True)[:AT_ONCE])
    if not there and not stop:
        return 0
    with transaction.atomic():
        asked = OnwardCopy.objects.filter(pk__in=[one[0] for one in there], state__in=OnwardCopy.PERHAPS_THERE)
        changed = asked.update(state=OnwardCopy.RECALL_ASKED, words=words, recall_at=timezone.now())
        # Handed over since it was looked at: it is found above at the next look.
        mine = OnwardCopy.objects.filter(pk__in=stop, state=OnwardCopy.WAITING, offered_at=None)
        changed += mine.update(state=OnwardCopy.DROPPED, words=f"{words} It had not been sent.")
        by_node = Counter((node, name) for _, node, name in there)
        audit.record(by=SYSTEM, entries=[
            audit.Entry("copies_recalled", "send_node", str(node), {"images": n, "destination": name})
            for (node, name), n in sorted(by_node.items())
        ])  # fmt: skip
    return changed


def copies_of(study_uid: str) -> dict[str, int]:
    """Of a scan, by its StudyInstanceUID here: images that are at destinations, or may be, by their names."""
    found = perhaps_there().filter(study_uid=study_uid).order_by().values("node__name")
    return {one["node__name"]: one["n"] for one in found.annotate(n=Count("pk"))}


def total_of(by: Actor) -> int:
    """Copies in the actor's scope that are where they went, or may be."""
    return perhaps_there().filter(intake.within(by, "site")).count()


def perhaps_there() -> QuerySet[OnwardCopy]:
    """Copies that are where they went, or may be."""
    live = OnwardCopy.objects.filter(state__in=(*OnwardCopy.PERHAPS_THERE, OnwardCopy.RECALL_ASKED))
    return live.exclude(offered_at=None)


def to_delete(by: Actor, node: SendNode) -> list[ToDelete]:
    """Scans of which copies are to be deleted at a destination, in the actor's scope."""
    asked = visible(by).filter(
        place=node.place, state=OnwardCopy.RECALL_ASKED, node__research_study=node.research_study
    )
    scans: dict[str, list[OnwardCopy]] = {}
    for one in asked.order_by("pk"):
        scans.setdefault(one.study_uid, []).append(one)
    return [
        ToDelete(f"{some[0].pk}-{len(some)}", some[0].row, len(some), frozenset(one.pk for one in some))
        for some in scans.values()
    ]


def waiting(by: Actor) -> list[dict[str, Any]]:
    """By destination (node, name, images, oldest): copies in the actor's scope that are to be deleted there."""
    if not by.may(intake.recalling.PERMISSION):
        return []
    asked = visible(by).filter(state=OnwardCopy.RECALL_ASKED).order_by().values("node", "node__name")
    return [
        {"node": one["node"], "name": one["node__name"], "images": one["n"], "oldest": one["oldest"]}
        for one in asked.annotate(n=Count("pk"), oldest=Min("recall_at")).order_by("node")
    ]


def certify(
    *, by: Actor, pk: int, chosen: Collection[str], confirmed_by: str, on: date | None, reference: str, sha256: str = ""
) -> DeletionCertificate:
    """Record that a recipient deleted its copies of these scans (keys of `to_delete`). Unfit with words by field."""
    intake.require(by, intake.recalling.PERMISSION)
    with transaction.atomic():
        node = SendNode.objects.select_for_update().filter(pk__in=naming.visible(by).filter(pk=pk).values("pk")).first()
        if node is None:
            raise NotFound("no such destination")
        ids = {pk for one in to_delete(by, node) if one.key in chosen for pk in one.copies}
        checks = Checks()
        checks.that(bool(ids), "scans", "Choose at least one scan; more of one may have been taken back meanwhile")
        checks.filled("confirmed_by", confirmed_by, "Say who confirmed it there", most=120)
        checks.that(on is not None, "on", "Give the day on which it was confirmed")
        checks.that(on is None or on <= timezone.localdate(), "on", "The day is in the future")
        checks.filled("reference", reference, "Give the reference of the certificate", most=120)
        checks.form("sha256", sha256, SHA256, "A SHA-256 has 64 digits, 0 to 9 and a to f")
        for name, value in (("confirmed_by", confirmed_by), ("reference", reference)):
            checks.nobody(name, value)
        checks.done()
        assert on is not None
        made = DeletionCertificate.objects.create(
            node=node, confirmed_there_by=confirmed_by, confirmed_on=on, reference=reference, sha256=sha256.lower(),
            images=len(ids), recorded_by=by.person, recorded_at=timezone.now(),
        )  # fmt: skip
        mine = OnwardCopy.objects.filter(pk__in=ids, state=OnwardCopy.RECALL_ASKED)
        mine.update(state=OnwardCopy.DELETED, certificate=made)
        detail = {"images": made.images, "reference": reference, "destination": node.name}
        audit.record(by=by, entries=[audit.Entry("deletion_certified", "send_node", str(node.pk), detail)])
    return made
