"""The enrolment list: a line checked in words that say how to mend it, a file read, people enrolled and scans released.

Errors name the field and what to do; they never repeat an identifier, so that one may be shown or logged.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from isocentre.core import consent, subjects
from isocentre.core.actor import Actor
from isocentre.core.checks import Checks, Unfit
from isocentre.core.days import LIKE, parse_day
from isocentre.core.ids import NhsNumber
from isocentre.core.subjects import Identity
from isocentre.rooms.intake import doubting, persons, rerouting, studies, tables, viewing, withdrawing
from isocentre.rooms.intake.models import Enrolment, Person

COLUMNS = (
    ("subject_id", "Subject id"), ("hospital_number", "Hospital number"), ("issuer", "Issuer"),
    ("nhs_number", "NHS number"), ("surname", "Surname"), ("birth_date", "Birth date"),
    ("consented_on", "Consent date"), ("consent_version", "Consent version"), ("day_zero", "Day 0"),
    ("consent_scope", "Consent covers"), ("prior_imaging", "Prior imaging"), ("withdrawn_on", "Withdrawn on"),
    ("withdrawal", "Withdrawal"),
)  # fmt: skip
NEEDED = ("hospital_number", "consented_on")
SUBJECTS = ("hospital_number", "subject_id")
"""What a list must have that links patients to subject ids on import."""
MOST_LINES, MOST_CHARACTERS = 2_000, 500_000
DAYS = ("birth_date", "consented_on", "day_zero", "withdrawn_on")
TWICE = "The same is in line {}. Keep one of the two lines"
TWO_PEOPLE = "Line {} has the same with another surname or birth date. Check both with the patient's record"
_SAME = {"consented_on": "consentdate", "day_zero": "day0"}
_YES, _NO = {"yes", "y", "true", "1"}, {"", "no", "n", "false", "0"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: what was written, what is wrong with it by field, and (without errors) the facts.

    `doubts`: what a person should look at, by field; the line can be taken in all the same.
    """

    number: int
    values: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    doubts: Mapping[str, str] = field(default_factory=dict)


def needed(research_study: str) -> tuple[str, ...]:
    """Columns a list for this research study must have: the consent date where it asks for consent."""
    return NEEDED if studies.asks_consent(research_study) else NEEDED[:1]


def checked(
    research_study: str, values: Mapping[str, str], *, columns: Collection[str] | None = None
) -> dict[str, Any]:  # fmt: skip
    """The facts of one person to enrol; Unfit with a sentence by field. Reads what is enrolled already.

    `columns`: what must be given; None for what the research study needs.
    """
    columns = needed(research_study) if columns is None else columns
    typed = {name: values.get(name, "").strip() for name, _ in COLUMNS}
    checks = Checks()
    numbers = typed["hospital_number"] or typed["nhs_number"]
    checks.filled("hospital_number", numbers, "Give the hospital number, or the NHS number", most=64)
    for name, most in (("subject_id", 64), ("issuer", 64), ("surname", 200), ("consent_version", 40)):
        checks.brief(name, typed[name], most=most)
    days = {name: read_day(checks, name, typed[name]) for name in DAYS}
    agreed = bool(typed["consented_on"]) or "consented_on" not in columns
    checks.that(agreed, "consented_on", f"Give the date of consent, like {LIKE}")
    subject = bool(typed["subject_id"]) or "subject_id" not in columns
    checks.that(subject, "subject_id", "Give the subject id")
    in_order(checks, days)
    nhs = read_nhs(checks, typed["nhs_number"])
    prior = typed["prior_imaging"].casefold()
    checks.that(prior in _YES | _NO, "prior_imaging", "Write yes or no: may imaging from before consent be used?")
    scope = consent.read_scope(typed["consent_scope"])
    checks.that(scope is not None, "consent_scope", consent.LIKE)
    gone = _withdrawal(checks, typed, days)
    if not checks.errors:
        person = persons.known(hospital_number=typed["hospital_number"], issuer=typed["issuer"], nhs_number=nhs)
        _against_known(checks, research_study, typed, nhs, days["birth_date"], person)
        _nobody(checks, typed, nhs, days["birth_date"], person)
    checks.done()
    return {
        "hospital_number": typed["hospital_number"], "issuer": typed["issuer"], "nhs_number": nhs,
        "name": typed["surname"], "subject_id": typed["subject_id"], "consent_version": typed["consent_version"],
        "consent_scope": scope, "prior_imaging": prior in _YES, "withdrawal": gone, **days,
    }  # fmt: skip


def read_day(checks: Checks, name: str, text: str) -> date | None:
    """The day as typed; None where none is, or where it is none."""
    day = parse_day(text) if text else None
    checks.that(not text or day is not None, name, f"Write the date like {LIKE}")
    return day


def in_order(checks: Checks, days: Mapping[str, date | None]) -> None:
    """Birth and consent are days that can be."""
    born, consent = days["birth_date"], days["consented_on"]
    checks.that(consent is None or consent <= timezone.localdate(), "consented_on", "The consent date is in the future")
    checks.that(born is None or consent is None or born < consent, "birth_date", "The birth date is after consent")
    checks.that(born is None or born.year > 1880, "birth_date", "Check the year of birth")


def _withdrawal(checks: Checks, typed: Mapping[str, str], days: Mapping[str, date | None]) -> str:
    """What who withdrew asked for, empty for who did not; day and kind stand together."""
    kind, day, consented = withdrawing.read_kind(typed["withdrawal"]), days["withdrawn_on"], days["consented_on"]
    checks.that(kind is not None, "withdrawal", f"Write what they asked for: {', '.join(withdrawing.KINDS)}")
    checks.that(not kind or bool(typed["withdrawn_on"]), "withdrawn_on", "Give the day on which the person withdrew")
    words = f"Give what they asked for: {', '.join(withdrawing.KINDS)}"
    checks.that(not typed["withdrawn_on"] or bool(typed["withdrawal"]), "withdrawal", words)
    checks.that(day is None or day <= timezone.localdate(), "withdrawn_on", "The day is in the future")
    early = day is not None and consented is not None and day < consented
    checks.that(not early, "withdrawn_on", "The day is before consent. Check both")
    return kind or ""


def read_nhs(checks: Checks, text: str) -> str:
    """The NHS number as typed, without spaces; empty where none is."""
    if not text:
        return ""
    try:
        number = str(NhsNumber.parse(text))
    except ValueError:
        checks.that(False, "nhs_number", "Check the NHS number: its ten digits do not belong together")
        return ""
    made_up = number.startswith("999") or not settings.DEMO
    checks.that(made_up, "nhs_number", "The demonstration takes only made-up NHS numbers, which start with 999")
    return number


def _nobody(checks: Checks, typed: Mapping[str, str], nhs: str, born: date | None, person: Person | None) -> None:
    """Subject id and consent version leave the hospital, so they say nothing of the person, as typed or as known."""
    mine = [Identity(typed["surname"], typed["hospital_number"], nhs, born)]
    if person is not None:
        mine.append(persons.identity(person))
    for one in mine:
        subjects.check(
            checks, subject_id=typed["subject_id"], consent_version=typed["consent_version"], person=one
        )  # fmt: skip


def _against_known(
    checks: Checks, research_study: str, typed: Mapping[str, str], nhs: str, born: date | None, person: Person | None
) -> None:  # fmt: skip
    """The same number never means two people, nor the same subject id."""
    subject = typed["subject_id"]
    if person is not None:
        other = bool(nhs and person.nhs_number and person.nhs_number != nhs)
        words = "This hospital number is known with another NHS number. Check both with the patient's record"
        checks.that(not other, "nhs_number", words)
        another = born is not None and person.birth_date not in (None, born)
        words = "The person with this number is known with another birth date. Check both with the patient's record"
        checks.that(not another, "birth_date", words)
        mixed = bool(nhs and typed["hospital_number"]) and persons.find(
            patient_id=typed["hospital_number"], issuer=typed["issuer"]
        ) not in (None, person)  # fmt: skip
        words = "This and the NHS number are of different people known here. Check both with the patient's record"
        checks.that(not mixed, "hospital_number", words)
        mine = Enrolment.objects.filter(research_study=research_study, person=person).first()
        changed = mine is not None and bool(subject and mine.subject_id and mine.subject_id != subject)
        checks.that(
            not changed,
            "subject_id",
            "This person is enrolled already, under another subject id. If that one is wrong, correct it on their page",
        )
    if subject:
        holder = Enrolment.objects.filter(research_study=research_study, subject_id=subject).first()
        free = holder is None or (person is not None and holder.person_id == person.pk)
        checks.that(free, "subject_id", "Another person has this subject id in this research study")


def read_list(research_study: str, text: str, *, columns: Collection[str] | None = None) -> list[Line]:
    """Every line of a CSV or of cells pasted from a spreadsheet, checked; Unfit on `list` when it is no list.

    `columns`: what must be given in every line; None for what the research study needs.
    """
    columns = needed(research_study) if columns is None else columns
    if len(text) > MOST_CHARACTERS:
        raise Unfit({"list": "The list is too long. Send it in parts"})
    rows = tables.rows_of(text)
    if not rows:
        raise Unfit({"list": "Choose a file, or paste the lines with their column headings"})
    names = _names(rows[0][1], columns)
    if len(rows) == 1:
        raise Unfit({"list": "The list has headings but no line. Add a line for each person"})
    if len(rows) - 1 > MOST_LINES:
        raise Unfit({"list": f"The list has more than {MOST_LINES:,} lines. Send it in parts"})
    written = [
        (number, {name: tables.cell(cell) for name, cell in zip(names, cells, strict=False) if name})
        for number, cells in rows[1:]
    ]
    return checked_lines(research_study, written, columns)


def checked_lines(
    research_study: str, written: Iterable[tuple[int, Mapping[str, str]]], columns: Collection[str]
) -> list[Line]:  # fmt: skip
    """Numbered lines, each checked by itself and against those before. `columns`: what must be given in every one."""
    lines = []
    seen: dict[tuple[str, str], tuple[int, Mapping[str, str]]] = {}
    alike: doubting.Alike = {}
    for number, values in written:
        try:
            facts = checked(research_study, values, columns=columns)
            _once(number, values, seen)
        except Unfit as unfit:
            lines.append(Line(number, values, unfit.errors))
        else:
            lines.append(Line(number, values, facts=facts, doubts=doubting.about(facts, number, alike)))
    return lines


def subject_lines(research_study: str, data: bytes) -> tuple[list[Line], tuple[str, ...]]:
    """Every line of a file (CSV, XLSX) that links patients to subject ids, checked, and how the file was read; Unfit on
    `list` when it is no list.

    The columns of the enrolment list; only the number of the patient and the subject id must be there.
    """
    given = tables.read(data, MOST_CHARACTERS)
    return read_list(research_study, given.text, columns=SUBJECTS), given.notes


def _names(heads: list[str], columns: Collection[str]) -> list[str]:
    """The column each heading stands for, empty for one that is not ours."""
    known = {_squeezed(title): name for name, title in COLUMNS}
    known |= {_squeezed(name): name for name, _ in COLUMNS} | {v: k for k, v in _SAME.items()}
    names = [known.get(_squeezed(head), "") for head in heads]
    titles = dict(COLUMNS)
    missing = [titles[name] for name in columns if name not in names]
    if "nhs_number" in names and titles["hospital_number"] in missing:
        missing.remove(titles["hospital_number"])
    if missing:
        words = " and ".join(missing)
        raise Unfit({"list": f"The first line must name the columns; missing: {words}. Download the list for its form"})
    twice = sorted({titles[name] for name in names if name and names.count(name) > 1})
    if twice:
        raise Unfit({"list": f"A column is there twice: {', '.join(twice)}. Keep one of them"})
    return names


def _squeezed(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())


def _once(
    number: int, values: Mapping[str, str], seen: dict[tuple[str, str], tuple[int, Mapping[str, str]]]
) -> None:  # fmt: skip
    errors = {}
    for name in ("subject_id", "hospital_number", "nhs_number"):
        value = values.get(name, "").replace(" ", "")
        key = f"{values.get('issuer', '').strip()}|{value}" if name == "hospital_number" else value
        first, other = seen.setdefault((name, key), (number, values)) if value else (number, values)
        if first != number:
            two = name != "subject_id" and doubting.two_people(values, other)
            errors[name] = (TWO_PEOPLE if two else TWICE).format(first)
    if errors:
        raise Unfit(errors)


def enrol_lines(*, by: Actor, research_study: str, facts: Iterable[Mapping[str, Any]]) -> tuple[int, dict[str, int]]:
    """Enrol everybody or nobody, then route their held scans again; (people, images by where they went).

    Safe to repeat. A crash between the two leaves scans held, which "Try again" or a repeat releases.
    """
    viewing.require(by, "enrolment_edit")
    if research_study not in [slug for slug, _ in viewing.accepted(by)]:
        raise Unfit({"research_study": "Choose the research study they take part in"})
    with transaction.atomic():
        made = [_enrolled(by, research_study, dict(one)) for one in facts]
    return len(made), rerouting.reroute_enrolled(by=by, enrolments=made)


def _enrolled(by: Actor, research_study: str, facts: dict[str, Any]) -> Enrolment:
    kind, day = facts.pop("withdrawal", ""), facts.pop("withdrawn_on", None)
    one = persons.enrol(by=by, research_study=research_study, **facts)
    if kind and (one.withdrawal, one.withdrawn_on) != (kind, day):
        withdrawing.withdraw(by=by, enrolment=one.pk, kind=kind, day=day, reason="As the enrolment list says.")
        one.refresh_from_db()
    return one
