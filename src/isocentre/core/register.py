"""Rules of the register: what a research study and its planned events may be, and which planned event a scan proves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from isocentre.core.checks import Checks
from isocentre.core.record_types import FaceWaiver, PlannedEvent
from isocentre.core.records import AE, CODE, CS, DAYS, INTAKE_MODES, LEGAL_BASES, SLUG

STATUSES: Mapping[str, str] = {
    "set_up": "in set-up",
    "open": "open",
    "paused": "paused",
    "closed": "closed",
}
IRAS = re.compile(r"[0-9]{4,7}")
NO_WAIVER = FaceWaiver(waived=False, reason="")
RESERVED = frozenset({"new", "unassigned"})  # an address and a line of the ledger


@dataclass(frozen=True, slots=True)
class ResearchStudyTerms:
    """What is agreed about a research study itself; its sites and planned events are kept apart."""

    slug: str
    title: str
    sponsor: str
    protocol_name: str
    intake_mode: str
    profile: str
    legal_basis: str
    iras: str = ""
    ae_title: str = ""
    face_waiver: FaceWaiver = NO_WAIVER
    prior_imaging: bool = False
    status: str = "set_up"


def check_terms(terms: ResearchStudyTerms) -> None:
    """Unfit unless the research study can be proposed to a hospital."""
    checks = Checks()
    checks.filled("title", terms.title, "Enter the title of the research study")
    checks.form("slug", terms.slug, SLUG, "Use small letters, digits, hyphens and underscores, like onco-ct")
    checks.that(terms.slug not in RESERVED, "slug", "Choose another short name: this one is used by the system")
    checks.that(not terms.iras or bool(IRAS.fullmatch(terms.iras)), "iras", "Enter 4 to 7 digits, or nothing")
    checks.filled("sponsor", terms.sponsor, "Enter the sponsor", most=64)
    checks.filled("protocol_name", terms.protocol_name, "Enter the name of the protocol", most=64)
    checks.one_of("intake_mode", terms.intake_mode, INTAKE_MODES, "Choose how scans are recognised")
    checks.form("profile", terms.profile, CODE, "Enter the name of a de-identification profile, like trial-ct-mr")
    checks.one_of("legal_basis", terms.legal_basis, LEGAL_BASES, "Choose the legal basis")
    checks.form("ae_title", terms.ae_title, AE, "Use at most 16 characters without a backslash")
    checks.brief("face_reason", terms.face_waiver.reason, most=1000)
    checks.that(
        not terms.face_waiver.waived or bool(terms.face_waiver.reason.strip()),
        "face_reason",
        "Say who agreed that faces may stay in the images, and why",
    )
    checks.one_of("status", terms.status, STATUSES, "Choose the state of the research study")
    for name in ("title", "slug", "sponsor", "protocol_name", "profile", "ae_title"):
        checks.nobody(name, getattr(terms, name))
    checks.nobody("face_reason", terms.face_waiver.reason)
    checks.done()


def check_planned_event(event: PlannedEvent) -> None:
    """Unfit unless a scan could be held against the event."""
    checks = Checks()
    checks.form("id", event.id, CODE, "Use letters, digits, dots and hyphens, like week-8-ct")
    checks.that(event.id != "add", "id", "Choose another code: this one is used by the system")
    checks.filled("name", event.name, "Enter the name of the imaging event, like Week 8 CT")
    checks.filled("time_point", event.time_point, "Enter the time point, like Week 8", most=64)
    checks.that(bool(event.modalities), "modalities", "Enter at least one modality, like CT")
    for modality in event.modalities:
        checks.form("modalities", modality, CS, "Enter DICOM modalities in capitals, like CT or MR")
    for part in event.body_parts:
        checks.form("body_parts", part, CS, "Enter DICOM body parts in capitals, like CHEST or ABDOMEN")
    checks.brief("procedure", event.procedure, most=64)
    for name in ("id", "name", "time_point", "procedure"):
        checks.nobody(name, getattr(event, name))
    for name in ("modalities", "body_parts"):
        checks.nobody(name, ", ".join(getattr(event, name)))
    first, last = event.window
    checks.that(first <= last, "window_to", "The last day must not be before the first day")
    checks.that(-DAYS <= first <= DAYS, "window_from", "Enter a day within a century of day 0")
    checks.that(-DAYS <= last <= DAYS, "window_to", "Enter a day within a century of day 0")
    checks.done()


def receive(*, status: str, site_status: str) -> bool | str:
    """True when a site may take scans in for a research study, else words for why not."""
    if status != "open":
        return f"The research study is {STATUSES[status]}."
    if site_status != "open":
        return f"This site is {STATUSES[site_status]} for the research study."
    return True


@dataclass(frozen=True, slots=True)
class Match:
    """The planned event a scan proves, or why it proves none."""

    planned_event: str = ""
    why_not: str = ""


def match(events: Iterable[PlannedEvent], *, time_point: str, modality: str, body_part: str) -> Match:
    """Hold a scan against the planned events of its research study (design §3.5); dates play no part.

    An event that names no body part takes any; a scan that names none is taken by any. Where several events fit, one
    that names the scan's body part wins; if that leaves more than one, a person must choose.
    """
    at_time = [e for e in events if _same(e.time_point, time_point)]
    if not at_time:
        return Match(why_not="No imaging event is planned at this time point.")
    of_kind = [e for e in at_time if modality in e.modalities]
    if not of_kind:
        return Match(why_not="No imaging event at this time point has this modality.")
    part = body_part.strip().upper()
    fitting = [e for e in of_kind if not part or not e.body_parts or part in e.body_parts]
    if not fitting:
        return Match(why_not="No imaging event at this time point has this body part.")
    named = [e for e in fitting if part and part in e.body_parts] or fitting
    if len(named) > 1:
        return Match(why_not="More than one imaging event fits: a person must choose.")
    return Match(planned_event=named[0].id)


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
