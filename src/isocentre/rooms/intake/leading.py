"""What became of the scan an image belongs to, and images that waited for it routed again (`core.following`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from isocentre.core import following
from isocentre.core.actor import SYSTEM
from isocentre.core.routing import Enrolled, Led, ScanFacts, StudyRules
from isocentre.core.routing_facts import LEFT, TAKEN, WAITING
from isocentre.rooms.intake import causes, recalling
from isocentre.rooms.intake.facts import several
from isocentre.rooms.intake.models import Disposition, LedgerRow

AT_ONCE = 200
SOONEST, LATEST = 2.0, 600.0
_ORDER = (TAKEN, WAITING, LEFT)


def leaders(
    facts: Mapping[str, Any], scan: ScanFacts, rules: Iterable[StudyRules], enrolled: Sequence[Enrolled]
) -> dict[str, Led]:
    """By research study, what became of the scan of the same person that the image belongs to; nothing where it
    follows none. A reference to anybody else's scan finds nothing."""
    found = {}
    mine = {one.research_study: one for one in enrolled}
    for study in rules:
        if study.intake_mode != "listed" or study.slug not in mine:
            continue
        modalities = following.leads(scan, study)
        if modalities is not None:
            found[study.slug] = led(facts, study.slug, mine[study.slug].enrolment_id, modalities)
    return found


def may(scan: ScanFacts, rules: Iterable[StudyRules]) -> bool:
    """Whether it has to be asked what became of the scan it may belong to."""
    return any(study.intake_mode == "listed" and following.leads(scan, study) is not None for study in rules)


def key(facts: Mapping[str, Any], *more: str) -> tuple[str, ...]:
    """What the answer of `leaders` hangs on, so that it is asked once for many images."""
    names = ("study_uid", "modality", "image_type", "accession", "refers_studies", "refers_accessions", "refers_events")
    return ("led", *more, *(str(facts.get(name, "")) for name in names))


def led(facts: Mapping[str, Any], slug: str, enrolment: int, modalities: frozenset[str]) -> Led:
    """In its own study first, then in those it refers to, then by accession number, then by irradiation event."""
    rows = LedgerRow.objects.filter(research_study=slug, follower=False).exclude(recalling.OUT)
    rows = rows.filter(arrival__facts__modality__in=modalities) if modalities else rows
    own = rows.filter(study_uid=facts["study_uid"])
    # An opted-out row keeps no person, but is of this very scan: what belongs to it is looked up as it was.
    found = _best(own.filter(Q(enrolment=enrolment) | Q(disposition=Disposition.OPTED_OUT)))
    if found is not None or modalities:
        return found or Led()
    mine = rows.filter(enrolment=enrolment)
    numbers = {facts["accession"], *several(facts, "refers_accessions")} - {""}
    ways = (
        (several(facts, "refers_studies"), "study_uid__in"), (tuple(numbers), "arrival__accession__in"),
        (several(facts, "refers_events"), "arrival__facts__irradiation_event__in"),
    )  # fmt: skip
    for values, column in ways:
        if values and (found := _best(mine.filter(**{column: values}))) is not None:
            return found
    return Led()


def _best(rows: QuerySet[LedgerRow]) -> Led | None:
    seen = rows.order_by().values_list("disposition", "cause", "time_point", "study_day").distinct()
    states = [Led(_state(disposition, cause), point, day) for disposition, cause, point, day in seen]
    key = {state: place for place, state in enumerate(_ORDER)}
    return min(states, key=lambda one: (key[one.state], one.study_day is None, one.study_day or 0), default=None)


def _state(disposition: str, cause: str) -> str:
    if disposition in (Disposition.PENDING, Disposition.SENT_ON, Disposition.OPTED_OUT):
        return TAKEN
    if disposition == Disposition.HELD:
        return WAITING if causes.cause(cause).routing else TAKEN
    return LEFT


def settle(worker: str) -> int:
    """Route what waited for its scan again, so many a round; returns how many images went on or were left out.

    What came a moment ago is looked at every other second, what waits for days every ten minutes.
    """
    now = timezone.now()
    due = waiting().filter(Q(not_before=None) | Q(not_before__lte=now)).order_by("pk")
    part = dict(due.values_list("pk", "arrival__arrived_at")[:AT_ONCE])
    if not part:
        return 0
    from isocentre.rooms.intake import rerouting  # which routes, and so asks here

    moved = sum(rerouting.reroute_followers(by=SYSTEM, rows=list(part)).values())
    later: dict[int, list[int]] = {}
    for pk, at in part.items():
        seconds = min(max((now - at).total_seconds() / 8, SOONEST), LATEST)
        later.setdefault(int(seconds), []).append(pk)
    for wait, ids in later.items():
        waiting().filter(pk__in=ids).update(not_before=now + timedelta(seconds=wait))
    return moved


def waiting() -> QuerySet[LedgerRow]:
    """Rows that go where another scan goes, once that is settled, while their originals are here."""
    left = Q(disposition=Disposition.LEFT_OUT, cause__in=(following.LEFT_OUT, following.PAIR_MISSING))
    rows = LedgerRow.objects.filter(Q(disposition=Disposition.HELD, cause=following.AWAITS) | left)
    return rows.filter(follower=True, arrival__erased_at=None)


def look_now(studies: Iterable[str]) -> None:
    """Have what waits in these scans looked at in the next round. For a caller's transaction."""
    uids = sorted(set(studies))
    for at in range(0, len(uids), AT_ONCE):
        waiting().filter(study_uid__in=uids[at : at + AT_ONCE]).update(not_before=None)
