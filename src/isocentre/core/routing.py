"""Which research study an arriving scan belongs to (design §3.1), as a pure decision over facts.

The patient alone never decides: a `listed` research study takes a scan only when the person is enrolled *and* the
scan is what the study may receive.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from isocentre.core import following
from isocentre.core.days import parse_day
from isocentre.core.fitting import Fit, of_its_kind, on_its_day, why_not
from isocentre.core.routing_facts import (
    ABSENT,
    LEFT,
    TAKEN,
    Enrolled,
    Led,
    PlannedWindow,
    Route,
    ScanFacts,
    StudyRules,
)
from isocentre.core.same_person import born_differs, name_differs
from isocentre.core.subjects import Identity, doubts

__all__ = [
    "UNASSIGNED_ROUTE", "WITHDRAWN", "Enrolled", "Led", "PlannedWindow", "Route", "ScanFacts", "StudyRules",
    "is_phantom", "route", "route_assigned", "route_nobody",
]  # fmt: skip


UNASSIGNED_ROUTE = Route(
    "unassigned", "held", "not_part", "Not part of a research study here: nobody is enrolled for this scan."
)
TELLS = "The subject id may tell who the person is, and nobody has decided about it yet."
ASKED = "Another system says otherwise of a number of this person, and nobody has decided yet."
WITHDRAWN = "The person has withdrawn from this research study."
BEFORE_CONSENT = "The scan was made before consent."
NOT_LISTED = "Its accession number is not on the accession list, and this research study takes nothing else."


def route(
    facts: ScanFacts, studies: Iterable[StudyRules], enrolments: Iterable[Enrolled], led: Mapping[str, Led] = {}
) -> tuple[Route, ...]:  # fmt: skip
    """Decide. Several routes only when a scan is in several listed research studies; never an empty answer.

    `led`: by research study, what became there of the scan the image belongs to, where it may follow one.
    """
    rules = {s.slug: s for s in studies}
    held = {e.research_study: e for e in enrolments}
    named = _dedicated(facts, rules)
    if named is not None:
        return (_to(named, held.get(named.slug), facts, enrol=named.slug not in held),)
    if facts.research_study and facts.research_study in rules:
        named = rules[facts.research_study]
        if named.slug not in held:
            return (Route(named.slug, "held", "not_enrolled", "The person is not on this research study's list."),)
    routes = tuple(
        _listed(rules[slug], e, facts, led.get(slug, Led()))
        for slug, e in held.items()
        if _may_take(rules, slug, facts)
    )
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
    """What is sent to a dedicated research study: all of it, with the visit it fits where one does."""
    day = _day(enrolled, facts)
    # A report or localiser is of the visit in whose window it lies.
    kind = study.planned if following.follows(facts, study) else of_its_kind(study.planned, facts)[0]
    found = on_its_day(kind, day) if day is not None and kind else Fit()
    found = found if found.event is not None or found.cause == "two_visits" else Fit()
    return _taken(study, enrolled, facts, found, day, enrol=enrol)


def _taken(
    study: StudyRules, enrolled: Enrolled | None, facts: ScanFacts, found: Fit, day: int | None, *, enrol: bool = False
) -> Route:
    """The research study wants it: it goes on unless something about the person, or who may receive, holds it."""
    where = enrolled.enrolment_id if enrolled else None
    if enrolled is not None and enrolled.status != "active":
        return _withdrawn(study, enrolled)
    if not study.receive:
        return Route(study.slug, "held", "gate_unmet", study.why_not, where, enrol)
    placed = Route(study.slug, enrolment_id=where, enrol=enrol, study_day=day)
    placed = replace(placed, time_point=found.event.time_point) if found.event else placed
    if enrolled is not None and (differs := _differs(enrolled, facts)):
        return replace(placed, disposition="held", cause="person_differs", words=differs)
    if enrolled is not None and enrolled.asked:
        return replace(placed, disposition="held", cause="identity_question", words=ASKED)
    if enrolled is not None and _tells(enrolled, facts):
        return replace(placed, disposition="held", cause="subject_id_tells", words=TELLS)
    return replace(placed, disposition="held", cause=found.cause, words=found.words) if found.cause else placed


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


def _listed(study: StudyRules, enrolled: Enrolled, facts: ScanFacts, led: Led) -> Route:
    """What the research study does not ask for is left out whoever it is of; the rest of who withdrew is held."""
    follower = following.follows(facts, study)
    found = _following(study, enrolled, facts, led) if follower else _by_itself(study, enrolled, facts, led)
    if found.disposition == "held" and enrolled.status != "active":
        return replace(_withdrawn(study, enrolled), follower=found.follower)
    return found


def _following(study: StudyRules, enrolled: Enrolled, facts: ScanFacts, led: Led) -> Route:
    """Where the scan goes that it belongs to; without one it waits, and is routed again once that scan is."""
    where = enrolled.enrolment_id
    if led.state == TAKEN:
        found = _taken(study, enrolled, facts, Fit(), led.study_day)
        return replace(found, time_point=led.time_point, follower=True)
    if led.state == LEFT:
        return Route(study.slug, "left_out", following.LEFT_OUT, following.OF_LEFT_OUT, where, follower=True)
    if led.state == ABSENT and _before_consent(study, enrolled, facts):
        return Route(study.slug, "left_out", "before_consent", BEFORE_CONSENT, where, follower=True)
    return Route(study.slug, "held", following.AWAITS, following.WAITS, where, follower=True)


def _by_itself(study: StudyRules, enrolled: Enrolled, facts: ScanFacts, led: Led) -> Route:
    """Judged by what it is; the CT or MR beside a PET scan, where none is planned by itself, by that scan."""
    found = _judged(study, enrolled, facts)
    if found.cause in following.UNPLANNED and following.may_pair(facts, study, _day(enrolled, facts)):
        if led.state in (TAKEN, LEFT):
            return _following(study, enrolled, facts, led)
        words = following.PAIR_MISSING_WORDS
        return replace(found, cause=following.PAIR_MISSING, words=words, follower=True)
    return found


def _judged(study: StudyRules, enrolled: Enrolled, facts: ScanFacts) -> Route:
    where = enrolled.enrolment_id
    named = study.slug in facts.listed_for
    if study.accessions_only and not named:
        return Route(study.slug, "left_out", "not_listed", NOT_LISTED, where, study_day=_day(enrolled, facts))
    kind, unfit = of_its_kind(study.planned, facts)
    day = _day(enrolled, facts)
    if unfit.cause and not named:
        return Route(study.slug, "left_out", unfit.cause, unfit.words, where, study_day=day)
    if unsure := _unsure(study, enrolled, facts):
        return unsure
    if named:
        # The hospital named this scan: neither its kind nor its day decides, but they tell its visit where they can.
        return _taken(study, enrolled, facts, _visit_of_named(kind, day), day)
    if day is None:
        return Route(study.slug, "held", "no_day_zero", "Day 0 is not recorded, so no visit fits.", where)
    found = on_its_day(kind, day)
    if found.cause == "no_visit":
        found = why_not(study.planned, facts, day, found)
        return Route(study.slug, "left_out", found.cause, found.words, where, study_day=day)
    return _taken(study, enrolled, facts, found, day)


def _visit_of_named(kind: tuple[PlannedWindow, ...], day: int | None) -> Fit:
    found = on_its_day(kind, day) if day is not None and kind else Fit()
    return Fit() if found.cause == "no_visit" else found


def _unsure(study: StudyRules, enrolled: Enrolled, facts: ScanFacts) -> Route | None:
    """Held or left out for want of consent or a date, or as made before consent; None where nothing of it is so."""
    where = enrolled.enrolment_id
    if study.asks_consent and enrolled.consented_on is None:
        return Route(study.slug, "held", "no_consent", "No consent date is recorded for this person.", where)
    if facts.acquired is None:
        return Route(study.slug, "held", "no_date", "The scan names no acquisition date, so no visit fits.", where)
    if _before_consent(study, enrolled, facts):
        return Route(study.slug, "left_out", "before_consent", BEFORE_CONSENT, where)
    return None


def _before_consent(study: StudyRules, enrolled: Enrolled, facts: ScanFacts) -> bool:
    if not study.asks_consent or enrolled.consented_on is None or facts.acquired is None:
        return False
    return facts.acquired < enrolled.consented_on and not (study.prior_imaging and enrolled.prior_imaging)


def route_assigned(study: StudyRules, enrolled: Enrolled, facts: ScanFacts, time_point: str) -> Route:
    """Where a scan goes that a person said is of this person, for this research study and visit.

    That settles number, kind and day. Consent, withdrawal, whether the research study may receive, and whether
    surname and birth date are this person's, it does not.
    """
    if enrolled.status != "active":
        return _withdrawn(study, enrolled)
    if unsure := _unsure(study, enrolled, facts):
        return unsure
    found = _taken(study, enrolled, facts, Fit(), _day(enrolled, facts))
    return replace(found, time_point=time_point)


def _day(enrolled: Enrolled | None, facts: ScanFacts) -> int | None:
    if enrolled is None or enrolled.day_zero is None or facts.acquired is None:
        return None
    return (facts.acquired - enrolled.day_zero).days
