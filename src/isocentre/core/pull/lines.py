"""A list of scans to fetch: each line names one by accession number, by StudyInstanceUID, or by patient and dates.

Columns are found by their headings, in any order and in the words people use. Errors say what to write, by column, and
never repeat a value: it may be somebody's number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from isocentre.core.days import LIKE, parse_day
from isocentre.core.ids import is_uid

HEADINGS: Mapping[str, frozenset[str]] = {
    "accession": frozenset({"accession", "accessionnumber", "accessionno", "acc", "examid", "requestid"}),
    "study_uid": frozenset({"studyuid", "studyinstanceuid", "suid"}),
    "patient_id": frozenset({"patientid", "hospitalnumber", "hospitalno", "mrn", "pid", "patient"}),
    "first_day": frozenset({"date", "from", "fromdate", "studydate", "examdate", "firstday", "start"}),
    "last_day": frozenset({"to", "todate", "until", "lastday", "end"}),
}
"""Headings by column, compared without case, spaces and signs."""
WAYS = "an accession number, a StudyInstanceUID, or a hospital number with a date"
_ACCESSION, _PATIENT = 16, 64
"""Longest values by VR: SH and LO (PS3.5 6.2)."""
_FREE = re.compile(r"[*?\\\x00-\x1f]")
_SIGNS = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True, slots=True)
class Asked:
    """One scan asked for. Exactly one of `accession`, `study_uid`, or `patient_id` with days (inclusive) names it.

    Beside an accession number a patient id may stand: the scan must then be that patient's. `modalities`: the scan has
    one of them; empty: any.
    """

    accession: str = field(default="", repr=False)
    study_uid: str = field(default="", repr=False)
    patient_id: str = field(default="", repr=False)
    first_day: date | None = None
    last_day: date | None = None
    modalities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the list: its number there, and what it asks for, or what is wrong with it, by column."""

    number: int
    asked: Asked | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    same_as: int = 0


def whole(number: str) -> bool:
    """Whether a patient's number can be asked for as it stands: a wildcard would find others (PS3.4 C.2.2.2.4)."""
    return 0 < len(number) <= _PATIENT and not _FREE.search(number)


class NoColumns(ValueError):
    """The list has no heading that names scans."""


def columns(headings: Sequence[str]) -> dict[str, int]:
    """Where each column stands; NoColumns when none of them can name a scan, or one comes twice."""
    found: dict[str, int] = {}
    for place, heading in enumerate(headings):
        plain = _SIGNS.sub("", heading.casefold())
        for name, words in HEADINGS.items():
            if plain in words:
                if name in found:
                    raise NoColumns("Two columns have a heading of the same meaning. Leave one of them out")
                found[name] = place
    if not {"accession", "study_uid", "patient_id"} & found.keys():
        raise NoColumns(f"The first line must have headings, and one column must hold {WAYS}")
    return found


def read(rows: Sequence[Sequence[str]]) -> list[Line]:
    """The lines of a table whose first row has the headings; empty lines are left out, what comes twice is said."""
    if not rows:
        raise NoColumns("The list is empty")
    where = columns(rows[0])
    first: dict[Asked, int] = {}
    lines = []
    for number, row in enumerate(rows[1:], 2):
        if any(cell.strip() for cell in row):
            line = _line(number, {name: row[at].strip() if at < len(row) else "" for name, at in where.items()})
            if line.asked is not None:
                same = first.setdefault(line.asked, number)
                line = Line(number, line.asked, {}, same if same != number else 0)
            lines.append(line)
    return lines


def _line(number: int, said: Mapping[str, str]) -> Line:
    errors = dict(_wrong(said))
    days = {name: parse_day(said.get(name, "")) for name in ("first_day", "last_day")}
    first, last = days["first_day"], days["last_day"] or days["first_day"]
    if not errors and first is not None and last is not None and last < first:
        errors["last_day"] = "The last day is before the first"
    if errors:
        return Line(number, None, errors)
    if uid := said.get("study_uid", ""):
        return Line(number, Asked(study_uid=uid))
    if accession := said.get("accession", ""):
        return Line(number, Asked(accession=accession, patient_id=said.get("patient_id", "")))
    return Line(number, Asked(patient_id=said["patient_id"], first_day=first, last_day=last))


def _wrong(said: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What is wrong with one line, by column."""
    accession, uid, patient = (said.get(name, "") for name in ("accession", "study_uid", "patient_id"))
    for name, value, most in (("accession", accession, _ACCESSION), ("patient_id", patient, _PATIENT)):
        if len(value) > most:
            yield name, f"It may have {most} characters"
        elif _FREE.search(value):
            yield name, "Write it whole: a wildcard would fetch the scans of others"
    if uid and not is_uid(uid):
        yield "study_uid", "A StudyInstanceUID is numbers with dots between, at most 64 characters"
    for name in ("first_day", "last_day"):
        if said.get(name) and parse_day(said[name]) is None:
            yield name, f"Write the date like {LIKE}"
    if not (accession or uid or patient):
        yield "accession", f"Give {WAYS}"
    elif not (accession or uid or said.get("first_day")):
        yield "first_day", "Give the date of the scan, or the first and last: a patient alone would fetch everything"
