"""What may be the answer for a scan that belongs to no research study yet, or was left out by little, and why.

A proposal is never carried out by itself: a person reads why, looks at the scan, and says so. Its words name the
subject id, never a name or number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from isocentre.core.fitting import days_outside, of_its_kind, on_its_day
from isocentre.core.routing_facts import Enrolled, PlannedWindow, ScanFacts, StudyRules
from isocentre.core.same_person import born_differs, name_differs, words_of

NEAR_DAYS = 14
"""Days outside a window that somebody may still call its visit."""
NEAR_MISSES = ("no_visit", "other_body_part", "other_procedure", "not_listed", "two_visits")
"""Causes of scans of people enrolled for which a visit is proposed."""


@dataclass(frozen=True, slots=True)
class Known:
    """An enrolment with the hospital numbers of its person, to be compared with what a scan says."""

    enrolled: Enrolled
    subject: str
    number: str
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Whose scan it may be, for which research study and visit, and why; without an enrolment: enrol the person."""

    research_study: str
    enrolment_id: int | None
    time_point: str
    why: str

    @property
    def key(self) -> str:
        """What a form sends: the same proposal, made anew, has the same."""
        return f"{self.enrolment_id or ''}:{self.research_study}:{self.time_point}"


def of_enrolled(facts: ScanFacts, cause: str, study: StudyRules, known: Known) -> list[Proposal]:
    """Visits a scan of this person may be, which its research study left out or could not decide about."""
    day = _day(facts, known.enrolled)
    if cause not in NEAR_MISSES or day is None:
        return []
    near = sorted(
        (p for p in study.planned if facts.modality in p.modalities and abs(days_outside(p, day)) <= NEAR_DAYS),
        key=lambda p: (abs(days_outside(p, day)), p.first_day),
    )
    found: dict[str, Proposal] = {}
    for planned in near:
        who = f"Subject {known.subject or 'without id'} is enrolled"
        why = f"{who}; the scan {_where(planned, day)}{_though(cause, planned, facts)}."
        found.setdefault(planned.time_point, Proposal(study.slug, known.enrolled.enrolment_id, planned.time_point, why))
    return list(found.values())


def of_somebody(
    facts: ScanFacts, number: str, studies: Sequence[StudyRules], alike: Iterable[Known]
) -> list[Proposal]:  # fmt: skip
    """Enrolments a scan of nobody enrolled may be of: one whose surname and birth date it says, or whose number is
    nearly its own; and research studies whose accession list names it."""
    rules = {study.slug: study for study in studies if study.intake_mode == "listed"}
    found = []
    for known in alike:
        study = rules.get(known.enrolled.research_study)
        if study is None or known.enrolled.status != "active" or not same_person(facts, known.enrolled):
            continue
        number_says = how_near(number, known.number)
        listed = "; its accession number is on the list" if study.slug in facts.listed_for else ""
        day = _day(facts, known.enrolled)
        kind, _ = of_its_kind(study.planned, facts)
        fits = on_its_day(kind, day).event if day is not None and kind else None
        visit = f"; it lies in the window of {fits.time_point}" if fits else ""
        why = (
            f"Surname and birth date are those of subject {known.subject or 'without id'}; the hospital number "
            f"{number_says}{visit}{listed}."
        )
        found.append(Proposal(study.slug, known.enrolled.enrolment_id, fits.time_point if fits else "", why))
    taken = {one.research_study for one in found}
    why = "Its accession number is on the list, and nobody is enrolled under its hospital number."
    found += [Proposal(slug, None, "", why) for slug in sorted(facts.listed_for & rules.keys() - taken)]
    return found


def same_person(facts: ScanFacts, one: Enrolled) -> bool:
    """Whether the scan says the surname and the birth date of the enrolment: both, not merely nothing else."""
    if not words_of(facts.patient_name) or one.born is None or not facts.birth_date.strip():
        return False
    named = any(words_of(name) and not name_differs(name, facts.patient_name) for name in one.names)
    return named and facts.birth_date.strip().isdigit() and not born_differs(one.born, facts.birth_date)


def how_near(said: str, known: str) -> str:
    """How two hospital numbers differ, in words."""
    a, b = "".join(said.split()).upper(), "".join(known.split()).upper()
    if not a or not b:
        return "is not known of both"
    if a == b:
        return "is the same, of another issuer"
    if a.lstrip("0") == b.lstrip("0"):
        return "differs by zeros before it"
    if len(a) == len(b):
        off = [at for at in range(len(a)) if a[at] != b[at]]
        if len(off) == 1:
            return "differs by one character"
        if len(off) == 2 and off[1] == off[0] + 1 and a[off[0]] == b[off[1]] and a[off[1]] == b[off[0]]:
            return "differs by two characters changed round"
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    if len(longer) == len(shorter) + 1 and any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer))):
        return "differs by one character more or less"
    return "is another"


def _day(facts: ScanFacts, enrolled: Enrolled) -> int | None:
    if facts.acquired is None or enrolled.day_zero is None:
        return None
    return (facts.acquired - enrolled.day_zero).days


def _where(planned: PlannedWindow, day: int) -> str:
    off = days_outside(planned, day)
    if not off:
        return f"lies in the window of {planned.time_point}"
    when = f"{abs(off)} {'day' if abs(off) == 1 else 'days'} {'before' if off < 0 else 'after'}"
    return f"is {when} the window of {planned.time_point}"


def _though(cause: str, planned: PlannedWindow, facts: ScanFacts) -> str:
    """What it differs in from the event, where it lies in its window all the same."""
    if cause == "not_listed":
        return ", but is not on the accession list"
    differs = of_its_kind((planned,), facts)[1].cause
    words = {"other_body_part": "its body part", "other_procedure": "what the examination is called"}
    return f", but {words[differs]} is not what is planned" if differs in words else ""
