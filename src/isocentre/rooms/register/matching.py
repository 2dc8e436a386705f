"""Holds stored scans against the planned events of their research study, by machine or by a person's choice."""

from __future__ import annotations

from uuid import uuid4

from django.db import transaction

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.checks import Checks, NotFound, Unfit
from isocentre.core.events import ScanMatched, ScanStored
from isocentre.core.register import match as decide
from isocentre.jobs import door as jobs
from isocentre.rooms.register.commands import planned_event
from isocentre.rooms.register.models import Evidence, PlannedEvent, Subject
from isocentre.rooms.register.scoping import editable, within


def match(*, by: Actor, event: ScanStored) -> str:
    """Match a stored series; returns the planned event's code, or "" where none fits. Safe to repeat.

    A series that fits nothing (a localiser, the CT of a PET/CT) does not undo what another series of the same imaging
    study proved.
    """
    if not by.may("evidence_record"):
        raise PermissionError("only the system matches scans by itself")
    said = Evidence.objects.filter(research_study=event.research_study, study_uid=event.study_uid)
    denied = {code for codes in said.values_list("not_of", flat=True) for code in codes}
    planned = PlannedEvent.objects.filter(research_study__slug=event.research_study).exclude(code__in=denied)
    planned = planned.order_by("window_from", "code")
    found = decide(
        [planned_event(row) for row in planned],
        time_point=event.time_point,
        modality=event.modality,
        body_part=event.body_part,
    )
    with transaction.atomic():
        Subject.objects.get_or_create(
            research_study=event.research_study, pseudonym=event.pseudonym, defaults={"site": event.site}
        )
        of_scan = Evidence.objects.filter(research_study=event.research_study, study_uid=event.study_uid)
        if not found.planned_event and of_scan.exclude(planned_event="").exists():
            return ""
        row, made = Evidence.objects.get_or_create(
            research_study=event.research_study,
            study_uid=event.study_uid,
            planned_event=found.planned_event,
            defaults={
                "site": event.site,
                "pseudonym": event.pseudonym,
                "time_point": event.time_point,
                "why_not": found.why_not,
                "event_id": uuid4().hex,
            },
        )
        if made:
            _made(by, row)
    return found.planned_event


def choose(*, by: Actor, research_study: str, study_uid: str, planned_event: str) -> None:
    """A person says which planned event a scan proves, where the machine could not; safe to repeat."""
    with transaction.atomic():
        study = editable(by, research_study)
        of_scan = Evidence.objects.filter(within(by.scope), research_study=study.slug, study_uid=study_uid)
        if of_scan.filter(planned_event=planned_event).exclude(planned_event="").exists():
            return
        row = of_scan.filter(planned_event="").first()
        if row is None:
            raise NotFound("no scan waits to be matched under this name")
        if not PlannedEvent.objects.filter(research_study=study, code=planned_event).exists():
            raise Unfit({"planned_event": "Choose an imaging event of this research study"})
        row.planned_event, row.why_not = planned_event, ""
        row.not_of = [code for code in row.not_of if code != planned_event]
        row.save()
        _made(by, row)


def deny(*, by: Actor, research_study: str, study_uid: str, planned_event: str, reason: str) -> None:
    """A person says that a scan does not prove the planned event it was matched to, and why; it waits again.

    Undone by `choose`. NotFound when it is not matched to that event; Unfit without a reason, or with an NHS number.
    """
    checks = Checks()
    checks.filled("reason", reason, "Say why the scan is not of this imaging event")
    checks.nobody("reason", reason)
    checks.done()
    with transaction.atomic():
        study = editable(by, research_study)
        of_scan = Evidence.objects.filter(within(by.scope), research_study=study.slug, study_uid=study_uid)
        row = of_scan.filter(planned_event=planned_event).exclude(planned_event="").first()
        if row is None:
            raise NotFound("no scan is matched to this imaging event under this name")
        row.not_of = sorted({*row.not_of, planned_event})
        other = of_scan.exclude(pk=row.pk).first()
        if other is None:
            row.planned_event, row.why_not = "", "A person said that it is not of the imaging event it was matched to."
            row.save()
        else:  # another series of the scan proves another event
            other.not_of = sorted({*other.not_of, *row.not_of})
            other.save()
            row.delete()
        entry = audit.Entry("scan_match_denied", "imaging_event", row.event_id, reason=reason)
        audit.record(by=by, entries=[entry])


def _made(by: Actor, row: Evidence) -> None:
    """Audit and, for a match, drop the row that said there was none and tell the other rooms."""
    # An audit row has a clock time: it names the scan by its random event id and nothing else (design §3, Dates).
    action = "scan_matched" if row.planned_event else "scan_not_matched"
    audit.record(by=by, entries=[audit.Entry(action, "imaging_event", row.event_id)])
    if row.planned_event:
        Evidence.objects.filter(research_study=row.research_study, study_uid=row.study_uid, planned_event="").delete()
        jobs.publish(ScanMatched(row.research_study, row.study_uid, row.planned_event))
