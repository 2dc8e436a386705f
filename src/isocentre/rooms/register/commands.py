"""Commands of the register: create and change research studies, their sites and planned events."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db import transaction

from isocentre.audit import door as audit
from isocentre.core.actor import ANY, Actor
from isocentre.core.charter.records import Charter, plain
from isocentre.core.checks import Unfit
from isocentre.core.record_types import FaceWaiver, PlannedEvent
from isocentre.core.register import STATUSES, ResearchStudyTerms, check_planned_event, check_terms
from isocentre.people import accounts
from isocentre.rooms.network import door as network
from isocentre.rooms.register import models
from isocentre.rooms.register.records import ResearchStudyRecord
from isocentre.rooms.register.scoping import changeable, editable, may_create, may_publish, visible


def create_research_study(*, by: Actor, terms: ResearchStudyTerms) -> ResearchStudyRecord:
    """Create a research study; the same terms again: success. Unfit with words by field.

    A person who acts for some research studies only acts for the one they create too, and for no other by that.
    """
    if not may_create(by):
        raise PermissionError("this role may not create research studies")
    check_terms(terms)
    with transaction.atomic():
        row = models.ResearchStudy.objects.filter(slug=terms.slug).first()
        if row is not None:
            if _terms(row) != terms or not by.scope.allows(row.slug, ANY):
                raise Unfit({"slug": "Another research study has this short name"})
            return ResearchStudyRecord(terms, row.version)
        _unique(terms)
        row = models.ResearchStudy.objects.create(slug=terms.slug, **_columns(terms))
        audit.record(
            by=by,
            entries=[audit.Entry("research_study_created", "research_study", terms.slug, asdict(terms))],
        )
        # Only ever for a row made in this transaction: a short name that exists must not be a way to its subjects.
        if not by.scope.allows(terms.slug, ANY):
            accounts.widen_role(by=by, research_study=terms.slug)
    return ResearchStudyRecord(terms, row.version)


def change_research_study(*, by: Actor, terms: ResearchStudyTerms) -> ResearchStudyRecord:
    """Change a research study's terms; a new version of the proposal where anything changed. Unfit with words."""
    check_terms(terms)
    with transaction.atomic():
        row = editable(by, terms.slug)
        before, after = _columns(_terms(row)), _columns(terms)
        changed = {name: value for name, value in after.items() if before[name] != value}
        if changed:
            _unique(terms)
            for name, value in changed.items():
                setattr(row, name, value)
            _changed(by, row, audit.Entry("research_study_changed", "research_study", row.slug, changed))
    return ResearchStudyRecord(terms, row.version)


def save_study_site(*, by: Actor, research_study: str, site: str, status: str) -> None:
    """Add a site to a research study, or change its state there; safe to repeat. Unfit with words by field."""
    if status not in STATUSES:
        raise Unfit({"status": "Choose the state of the site"})
    with transaction.atomic():
        study = editable(by, research_study)
        if not network.sites(ods=[site]):
            raise Unfit({"site": "Choose a site that is known here"})
        row, made = models.StudySite.objects.get_or_create(research_study=study, site=site, defaults={"status": status})
        if not made and row.status == status:
            return
        models.StudySite.objects.filter(pk=row.pk).update(status=status)
        action = "study_site_added" if made else "study_site_changed"
        _changed(by, study, audit.Entry(action, "research_study", study.slug, {"site": site, "status": status}))


def save_planned_event(*, by: Actor, research_study: str, event: PlannedEvent) -> None:
    """Add or change a planned event; safe to repeat. Unfit with words by field."""
    check_planned_event(event)
    with transaction.atomic():
        study = editable(by, research_study)
        row = models.PlannedEvent.objects.filter(research_study=study, code=event.id).first()
        if row is not None and planned_event(row) == event:
            return
        columns = {
            "name": event.name,
            "time_point": event.time_point,
            "modalities": list(event.modalities),
            "body_parts": list(event.body_parts),
            "procedure": event.procedure,
            "window_from": event.window[0],
            "window_to": event.window[1],
        }
        models.PlannedEvent.objects.update_or_create(research_study=study, code=event.id, defaults=columns)
        action = "planned_event_added" if row is None else "planned_event_changed"
        _changed(by, study, audit.Entry(action, "research_study", study.slug, {"id": event.id, **columns}))


def put_charter(*, by: Actor, research_study: str, charter: Charter) -> None:
    """Propose this charter to hospitals with the rest; the same again changes nothing. For a caller's transaction too.

    NotFound out of scope; PermissionError unless the actor may publish charters for every site of it.
    """
    with transaction.atomic():
        row = visible(by, research_study)
        if not may_publish(by, row.slug):
            raise PermissionError("Only someone who acts for every site may put a charter in force.")
        study = models.ResearchStudy.objects.select_for_update().get(pk=row.pk)
        said = plain(charter)
        if study.charter != said:
            study.charter = said
            entry = audit.Entry("charter_proposed", "research_study", study.slug, {"version": charter.version})
            _changed(by, study, entry)


def remove_planned_event(*, by: Actor, research_study: str, event_id: str) -> None:
    """Remove a planned event no scan was matched to; already gone: success. Unfit where scans hang on it."""
    with transaction.atomic():
        study = editable(by, research_study)
        if models.Evidence.objects.filter(research_study=study.slug, planned_event=event_id).exists():
            raise Unfit({"id": "Scans were matched to this imaging event, so it can no longer be removed"})
        gone, _ = models.PlannedEvent.objects.filter(research_study=study, code=event_id).delete()
        if gone:
            entry = audit.Entry("planned_event_removed", "research_study", study.slug, {"id": event_id})
            _changed(by, study, entry)


def planned_event(row: models.PlannedEvent) -> PlannedEvent:
    """The row as the record that travels."""
    return PlannedEvent(
        id=row.code,
        name=row.name,
        time_point=row.time_point,
        modalities=tuple(row.modalities),
        body_parts=tuple(row.body_parts),
        procedure=row.procedure,
        window=(row.window_from, row.window_to),
    )


def research_study(*, by: Actor, slug: str) -> ResearchStudyRecord:
    """One research study; NotFound when absent or out of scope."""
    return study_record(visible(by, slug))


def research_study_to_change(*, by: Actor, slug: str) -> ResearchStudyRecord:
    """One research study to change; NotFound when absent or out of scope, PermissionError when only to be read."""
    return study_record(changeable(by, slug))


def study_record(row: models.ResearchStudy) -> ResearchStudyRecord:
    """The row as a record."""
    return ResearchStudyRecord(_terms(row), row.version)


def _changed(by: Actor, study: models.ResearchStudy, entry: audit.Entry) -> None:
    """A new version of the proposal, and the audit row that says what changed."""
    study.version += 1
    study.save()
    audit.record(by=by, entries=[entry])


def _unique(terms: ResearchStudyTerms) -> None:
    others = models.ResearchStudy.objects.exclude(slug=terms.slug)
    if terms.ae_title and others.filter(ae_title=terms.ae_title).exists():
        raise Unfit({"ae_title": "Another research study has this AE title"})


def _terms(row: models.ResearchStudy) -> ResearchStudyTerms:
    return ResearchStudyTerms(
        slug=row.slug,
        title=row.title,
        sponsor=row.sponsor,
        protocol_name=row.protocol_name,
        intake_mode=row.intake_mode,
        profile=row.profile,
        legal_basis=row.legal_basis,
        iras=row.iras,
        ae_title=row.ae_title,
        face_waiver=FaceWaiver(row.face_waived, row.face_reason),
        prior_imaging=row.prior_imaging,
        status=row.status,
    )


def _columns(terms: ResearchStudyTerms) -> dict[str, Any]:
    columns = asdict(terms)
    waiver = columns.pop("face_waiver")
    del columns["slug"]
    return {**columns, "face_waived": waiver["waived"], "face_reason": waiver["reason"]}
