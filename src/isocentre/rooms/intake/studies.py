"""Research studies at this hospital: proposals taken in, accepted by a person, and the rules routing reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.records import StudyConfig, dump
from isocentre.core.routing import PlannedWindow, StudyRules
from isocentre.jobs import door as jobs
from isocentre.rooms.intake import charter_notes, contribution
from isocentre.rooms.intake.models import ResearchStudy, Scanner

# A change of these needs a second person (the profile decides what leaves the hospital).
SECOND_PERSON = ("profile",)


def take_proposals(*, by: Actor, config: StudyConfig) -> int:
    """Keep the newest proposal of each research study and the scanner list; nothing comes into force by it but what it
    says of contribution agreements."""
    message = dump(config)
    changed = 0
    with transaction.atomic():
        contribution.take(message["research_studies"])
        for proposal in message["research_studies"]:
            study, made = ResearchStudy.objects.get_or_create(
                slug=proposal["slug"], defaults={"title": proposal["title"], "proposal": proposal}
            )
            if made or study.proposal != proposal:
                changed += 1
                study.proposal, study.title = proposal, proposal["title"]
                study.save(update_fields=["proposal", "title"])
                audit.record(by=by, entries=[audit.Entry("study_config_proposed", "research_study", study.slug)])
        jobs.remember("sites", [site["ods"] for site in message["sites"]])
        jobs.remember("site_names", {site["ods"]: site.get("name", "") for site in message["sites"]})
        for scanner in message["scanners"]:
            fields = {k: scanner[k] for k in ("site", "manufacturer", "model", "serial", "station_name", "ae_title",
                                              "modality")}  # fmt: skip
            Scanner.objects.update_or_create(code=scanner["code"], defaults=fields)
    return changed


def accept(*, by: Actor, slug: str, face_waiver: str = "") -> ResearchStudy:
    """Put the proposal in force at this hospital: AE title, intake mode, planned events, profile. Safe to repeat."""
    with transaction.atomic():
        study = ResearchStudy.objects.select_for_update().get(slug=slug)
        study.accepted, study.accepted_by, study.accepted_at = study.proposal, by.name, timezone.now()
        study.ae_title = str(study.proposal.get("ae_title") or "")
        study.face_waiver = face_waiver or study.face_waiver
        study.save()
        detail = {"profile": study.proposal.get("profile")}
        transaction.on_commit(charter_notes.known.forget)
        audit.record(by=by, entries=[audit.Entry("study_config_accepted", "research_study", slug, detail)])
    return study


def diff(study: ResearchStudy) -> list[tuple[str, Any, Any]]:
    """(field, in force, proposed) for every field that differs."""
    old, new = study.accepted or {}, study.proposal
    return [(k, old.get(k), new.get(k)) for k in sorted(set(old) | set(new)) if old.get(k) != new.get(k)]


def rules() -> list[StudyRules]:
    """Accepted research studies as routing reads them."""
    return [_rules(s) for s in ResearchStudy.objects.exclude(accepted=None)]


def asks_consent(slug: str) -> bool:
    """True unless the research study works under section 251 support, where nobody is asked for consent."""
    study = ResearchStudy.objects.filter(slug=slug).first()
    return ((study.accepted if study else None) or {}).get("legal_basis") != "s251"


def _rules(study: ResearchStudy) -> StudyRules:
    config = study.accepted or {}
    receive = config.get("receive", True)
    return StudyRules(
        slug=study.slug,
        intake_mode=config.get("intake_mode", "listed"),
        ae_title=study.ae_title,
        receive=receive is True,
        why_not="" if receive is True else str(receive),
        planned=tuple(_windows(config.get("planned_events", ()))),
        prior_imaging=bool(config.get("prior_imaging")),
        asks_consent=config.get("legal_basis") != "s251",
        accessions_only=study.accessions_only,
    )


def _windows(events: Iterable[dict[str, Any]]) -> Iterable[PlannedWindow]:
    for event in events:
        first, last = event["window"]
        yield PlannedWindow(
            id=event["id"], time_point=event["time_point"], modalities=frozenset(event["modalities"]),
            body_parts=frozenset(p.upper() for p in event["body_parts"]), first_day=first, last_day=last,
            procedure=event.get("procedure", ""),
        )  # fmt: skip
