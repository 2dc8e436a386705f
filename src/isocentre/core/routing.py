"""Which research study an arriving scan belongs to (design §3.1), as a pure decision over facts.

The patient alone never decides: a `listed` research study takes a scan only when the person is enrolled *and* the
scan is what the study may receive.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from isocentre.core.days import parse_day
from isocentre.core.same_person import born_differs, name_differs
from isocentre.core.subjects import Identity, doubts


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """What routing knows of one arriving instance. `acquired` is None when the header names no date."""

    called_ae: str
    modality: str
    body_part: str
    acquired: date | None
    research_study: str = ""  # named by a token or an import
    image_types: tuple[str, ...] = ()
    phantom: bool = False
    patient_name: str = ""  # as the header has them: PN and DA
    birth_date: str = ""


@dataclass(frozen=True, slots=True)
class PlannedWindow:
    """One planned imaging event: what it expects, and its window in days from day 0 (inclusive)."""

    id: str
    time_point: str
    modalities: frozenset[str]
    body_parts: frozenset[str]
    first_day: int
    last_day: int


@dataclass(frozen=True, slots=True)
class StudyRules:
    """What routing knows of one accepted research study."""

    slug: str
    intake_mode: str
    ae_title: str
    receive: bool
    why_not: str = ""
    planned: tuple[PlannedWindow, ...] = ()
    prior_imaging: bool = False
    asks_consent: bool = True  # False under section 251 support, where there is no consent to compare with


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The person's enrolment in one research study."""

    enrolment_id: int
    research_study: str
    consented_on: date | None
    day_zero: date | None
    prior_imaging: bool
    status: str = "active"
    names: tuple[str, ...] = ()  # those they are known by, to be compared with what the scan says
    born: date | None = None
    subject_id: str = ""  # empty once a person has accepted it
    doubted: bool = False  # it may tell who they are, and nobody has decided yet
    asked: bool = False  # somebody says otherwise of one of their numbers, and nobody has decided yet


@dataclass(frozen=True, slots=True)
class Route:
    """One row to be: the research study, `pending`, `held` or `left_out`, why, and the matched planned event."""

    research_study: str
    disposition: str = "pending"
    cause: str = ""
    words: str = ""
    enrolment_id: int | None = None
    enrol: bool = False
    time_point: str = ""
    study_day: int | None = None


UNASSIGNED_ROUTE = Route(
    "unassigned", "held", "not_part", "Not part of a research study here: nobody is enrolled for this scan."
)
TELLS = "The subject id may tell who the person is, and nobody has decided about it yet."
ASKED = "Another system says otherwise of a number of this person, and nobody has decided yet."
WITHDRAWN = "The person has withdrawn from this research study."
# Modalities that follow the scan they belong to: dose reports; the CT of a PET/CT has its own planned event.
FOLLOWERS = frozenset({"SR"})


def route(facts: ScanFacts, studies: Iterable[StudyRules], enrolments: Iterable[Enrolled]) -> tuple[Route, ...]:
    """Decide. Several routes only when a scan is in several listed research studies; never an empty answer."""
    rules = {s.slug: s for s in studies}
    held = {e.research_study: e for e in enrolments}
    named = _dedicated(facts, rules)
    if named is not None:
        return (_to(named, held.get(named.slug), facts, enrol=named.slug not in held),)
    if facts.research_study and facts.research_study in rules:
        named = rules[facts.research_study]
        if named.slug not in held:
            return (Route(named.slug, "held", "not_enrolled", "The person is not on this research study's list."),)
    routes = tuple(_listed(rules[slug], e, facts) for slug, e in held.items() if _may_take(rules, slug, facts))
    return routes or (UNASSIGNED_ROUTE,)


_PHANTOM = re.compile(r"(?<![A-Z])(?:QA)?PHANTOMS?(?![A-Z])(?!\W*(?:LIMB|PAIN))")
_PHANTOM_NAME = re.compile(r"(?<![A-Z])(?:(?:QA)?PHANTOMS?|ACR|QA|QC)(?![A-Z])")
_DESCRIBED = ("body_part", "study_description", "series_description", "protocol_name")


def is_phantom(facts: Mapping[str, str]) -> bool:
    """Whether a header without patient number is of a phantom: it says so where people are named or scans described.

    With a number it is somebody's, or some thing's that the hospital counts among its patients: never a phantom here.
    """
    if facts.get("patient_id", ""):
        return False
    if _PHANTOM_NAME.search(facts.get("patient_name", "").upper()):
        return True
    return any(_PHANTOM.search(facts.get(name, "").upper()) for name in _DESCRIBED)


def route_nobody(facts: ScanFacts, studies: Iterable[StudyRules]) -> Route:
    """Where a scan without patient number goes: the research study it was sent to or imported for, else none.

    A phantom goes on without a subject, for it is nobody (design §3.1); anything else is held for a person to look at.
    """
    rules = {s.slug: s for s in studies}
    named = _dedicated(facts, rules) or rules.get(facts.research_study)
    slug = named.slug if named else facts.research_study or UNASSIGNED_ROUTE.research_study
    if named is None or not facts.phantom:
        return Route(slug, "held", "no_patient", "The scan carries no patient id.")
    return Route(slug) if named.receive else Route(slug, "held", "gate_unmet", named.why_not)


def _may_take(rules: dict[str, StudyRules], slug: str, facts: ScanFacts) -> bool:
    return slug in rules and rules[slug].intake_mode == "listed" and facts.research_study in ("", slug)


def _dedicated(facts: ScanFacts, rules: dict[str, StudyRules]) -> StudyRules | None:
    for study in rules.values():
        if study.intake_mode != "dedicated":
            continue
        if facts.research_study == study.slug or (study.ae_title and facts.called_ae == study.ae_title):
            return study
    return None


def _to(study: StudyRules, enrolled: Enrolled | None, facts: ScanFacts, *, enrol: bool) -> Route:
    where = enrolled.enrolment_id if enrolled else None
    if enrolled is not None and enrolled.status != "active":
        return _withdrawn(study, enrolled)
    if not study.receive:
        return Route(study.slug, "held", "gate_unmet", study.why_not, where, enrol)
    planned = _match(study, enrolled, facts)
    day = _day(enrolled, facts)
    point = planned.time_point if planned else ""
    if enrolled is not None and (differs := _differs(enrolled, facts)):
        return Route(study.slug, "held", "person_differs", differs, where, time_point=point, study_day=day)
    if enrolled is not None and enrolled.asked:
        return Route(study.slug, "held", "identity_question", ASKED, where, time_point=point, study_day=day)
    if enrolled is not None and _tells(enrolled, facts):
        return Route(study.slug, "held", "subject_id_tells", TELLS, where, time_point=point, study_day=day)
    return Route(study.slug, enrolment_id=where, enrol=enrol, time_point=point, study_day=day)


def _tells(enrolled: Enrolled, facts: ScanFacts) -> bool:
    """Whether the subject id may tell who the person is, by what is known of them or what this scan says."""
    said = Identity(facts.patient_name.split("=")[0], birth_date=parse_day(facts.birth_date))
    return enrolled.doubted or bool(enrolled.subject_id and doubts(enrolled.subject_id, said))


def _differs(enrolled: Enrolled, facts: ScanFacts) -> str:
    """Why the scan may be of somebody else, in words without a value; empty where nothing says so."""
    name = bool(enrolled.names) and all(name_differs(known, facts.patient_name) for known in enrolled.names)
    said = {"surname": name, "birth date": born_differs(enrolled.born, facts.birth_date)}
    wrong = " and ".join(words for words, differs in said.items() if differs)
    verb = "differ" if all(said.values()) else "differs"
    return f"The {wrong} in the scan {verb} from the enrolment's." if wrong else ""


def _withdrawn(study: StudyRules, enrolled: Enrolled) -> Route:
    return Route(study.slug, "held", "withdrawn", WITHDRAWN, enrolled.enrolment_id)


def _listed(study: StudyRules, enrolled: Enrolled, facts: ScanFacts) -> Route:
    """What the research study does not ask for is left out whoever it is of; the rest of who withdrew is held."""
    found = _planned_for(study, enrolled, facts)
    return _withdrawn(study, enrolled) if found.disposition == "held" and enrolled.status != "active" else found


def _planned_for(study: StudyRules, enrolled: Enrolled, facts: ScanFacts) -> Route:
    where = enrolled.enrolment_id
    if study.asks_consent and enrolled.consented_on is None:
        return Route(study.slug, "held", "no_consent", "No consent date is recorded for this person.", where)
    if facts.acquired is None:
        return Route(study.slug, "held", "no_date", "The scan names no acquisition date, so no visit fits.", where)
    before = study.asks_consent and enrolled.consented_on is not None and facts.acquired < enrolled.consented_on
    if before and not (study.prior_imaging and enrolled.prior_imaging):
        return Route(study.slug, "left_out", "before_consent", "The scan was made before consent.", where)
    if not any(facts.modality in p.modalities for p in study.planned) and facts.modality not in FOLLOWERS:
        return Route(study.slug, "left_out", "other_modality", "No planned event has this modality.", where)
    if enrolled.day_zero is None:
        return Route(study.slug, "held", "no_day_zero", "Day 0 is not recorded, so no visit fits.", where)
    if _match(study, enrolled, facts) is None:
        return Route(study.slug, "left_out", "no_visit", "Outside every visit window or body part planned.", where)
    return _to(study, enrolled, facts, enrol=False)


def _day(enrolled: Enrolled | None, facts: ScanFacts) -> int | None:
    if enrolled is None or enrolled.day_zero is None or facts.acquired is None:
        return None
    return (facts.acquired - enrolled.day_zero).days


def _match(study: StudyRules, enrolled: Enrolled | None, facts: ScanFacts) -> PlannedWindow | None:
    day = _day(enrolled, facts)
    if day is None:
        return None
    fitting = [p for p in study.planned if p.first_day <= day <= p.last_day and _fits(p, facts)]
    # Overlapping windows: the one whose middle is nearest.
    return min(fitting, key=lambda p: abs(day - (p.first_day + p.last_day) / 2), default=None)


def _fits(planned: PlannedWindow, facts: ScanFacts) -> bool:
    if facts.modality in FOLLOWERS:
        return True
    if planned.modalities and facts.modality not in planned.modalities:
        return False
    # An empty body part in the header is common; the window and modality then decide.
    return not planned.body_parts or not facts.body_part or facts.body_part.upper() in planned.body_parts
