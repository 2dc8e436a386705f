"""Still the same person? Each night a PACS is asked about the scans that came lately, within its manager's limits.

A scan that stands there under another patient or accession number, or that was there and is not any more, becomes a
question for a person here. Nothing is asked about whom an opt-out may concern.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from isocentre.core.ports import PacsAway
from isocentre.core.pull.limits import LONDON
from isocentre.core.pull.lines import Asked
from isocentre.core.pull.match import Match, judge
from isocentre.jobs import claims
from isocentre.jobs import door as jobs
from isocentre.rooms.intake import persons, recalling
from isocentre.rooms.intake.identities import asking
from isocentre.rooms.intake.identities.rows import IdentityQuestion, PersonCheck
from isocentre.rooms.intake.models import CANARY, Disposition, LedgerRow
from isocentre.rooms.intake.pull import slots
from isocentre.rooms.intake.pull.ports import ports
from isocentre.rooms.intake.pull.rows import PacsNode

log = structlog.get_logger()
DAYS = 30
"""Days after its arrival for which a scan is asked about, unless a setting says otherwise."""
_DONE = "person_checks_of"
"""Where it is remembered for which night each PACS was begun."""


def days() -> int:
    """For how many days after its arrival a scan is asked about; 0: never."""
    return int(jobs.recall("person_check_days", DAYS))


def fill(worker: str, now: datetime | None = None) -> int:
    """Once a night, when its hours have begun: the scans each PACS is asked about. Returns how many; safe to repeat."""
    now = now or timezone.now()
    begun = dict(jobs.recall(_DONE, {}))
    added = 0
    for pacs in PacsNode.objects.filter(paused=False):
        night = (now - timedelta(hours=12)).astimezone(LONDON).date().isoformat()
        if begun.get(str(pacs.pk)) == night or not pacs.limits.open_at(now):
            continue
        added += _fill(pacs, now)
        begun[str(pacs.pk)] = night
        jobs.remember(_DONE, begun)
    return added


def _fill(pacs: PacsNode, now: datetime) -> int:
    mine = lately(pacs, now)
    rows = dict(mine.order_by().values_list("study_uid").annotate(row=Max("pk")))
    with transaction.atomic():
        PersonCheck.objects.filter(pacs=pacs).exclude(study_uid__in=rows).delete()
        PersonCheck.objects.filter(pacs=pacs).update(due=True, attempts=0, not_before=None)
        PersonCheck.objects.bulk_create(
            [PersonCheck(pacs=pacs, study_uid=uid, row=row) for uid, row in rows.items()],
            ignore_conflicts=True, batch_size=500,
        )  # fmt: skip
    return len(rows)


def lately(pacs: PacsNode, now: datetime) -> QuerySet[LedgerRow]:
    """Rows of people enrolled here whose scans came lately from where this PACS is; or from anywhere."""
    rows = LedgerRow.objects.filter(arrival__arrived_at__gte=now - timedelta(days=days()), enrolment__isnull=False)
    rows = rows.filter(disposition__in=(Disposition.PENDING, Disposition.HELD, Disposition.SENT_ON))
    rows = rows.exclude(research_study=CANARY).exclude(recalling.OUT)
    return rows.filter(site=pacs.site) if pacs.site and PacsNode.objects.count() > 1 else rows


def take(worker: str) -> PersonCheck | None:
    """A scan its PACS may be asked about now, claimed: after the lists of people who wait, and only in its hours."""
    due = PersonCheck.objects.filter(due=True)
    for pacs in PacsNode.objects.filter(paused=False, pk__in=due.values("pacs")):
        now = timezone.now()
        if not pacs.limits.open_at(now) or not slots.may_be_asked(pacs, now, images=False):
            continue
        row: PersonCheck | None = slots.take(due.filter(pacs=pacs).order_by("pk"), pacs.pk, worker=worker)
        if row is not None:
            return row
    return None


def ask(check: PersonCheck, worker: str) -> None:
    """Ask about a claimed scan, and keep a question where the answer is another than what came here."""
    row = LedgerRow.objects.select_related("arrival", "enrolment__person").filter(pk=check.row).first()
    if row is None or row.enrolment is None or recalling.is_out(row) or _stopped(row):
        slots.let_go(check, worker, due=False)
        return
    try:
        with claims.held(PersonCheck, [check.pk], worker=worker):
            asked = Asked(study_uid=check.study_uid)
            match = judge(asked, ports().open_pacs(check.pacs).scans(asked))
    except PacsAway as away:
        log.warning("pacs_not_asked", phase="person_check", error=type(away).__name__)
        slots.give_back(check, worker, away.words)
        return
    question = _question(check, row, match)
    if question is not None:
        asking.ask(question)
    seen = match.judged == "one" or (check.seen and match.judged != "none")
    slots.let_go(check, worker, due=False, asked_at=timezone.now(), seen=seen)


def _stopped(row: LedgerRow) -> bool:
    """Whether an opt-out may concern the patient: then nobody is asked about them."""
    return ports().stop(row.research_study, row.arrival.patient_id) is not None


def _question(check: PersonCheck, row: LedgerRow, match: Match) -> IdentityQuestion | None:
    """What the answer gives to ask. A value the PACS leaves empty says nothing, nor do answers nobody asked for."""
    arrival, person = row.arrival, row.enrolment.person if row.enrolment is not None else None
    given = {"source": IdentityQuestion.PACS, "told_by": check.pacs.name, "row": row.pk, "before_person": person}
    here = [[arrival.patient_id, str(arrival.facts.get("issuer", ""))]]
    if match.judged != "one":
        gone = check.seen and match.judged == "none"
        return IdentityQuestion(kind="gone", before=here, **given) if gone else None
    one = match.found[0]
    number = one.patient_id.strip()
    other = persons.find(patient_id=number, issuer=here[0][1]) if number else None
    if number and number != arrival.patient_id.strip() and other != person:
        return IdentityQuestion(kind="changed", right=[[number, ""]], before=here, right_person=other, **given)
    accession = one.accession.strip()
    if accession and arrival.accession and accession != arrival.accession.strip():
        right, before = [[accession, ""]], [[arrival.accession, ""]]
        return IdentityQuestion(kind="accession", right=right, before=before, **given)
    return None
