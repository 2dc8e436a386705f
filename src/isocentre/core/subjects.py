"""What stands for a person on both sides of the wall: the trial's subject id, and the version of the consent form.

One rule where it is typed (hospital side) and where it is read (national side): what the first takes, the second takes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from isocentre.core.checks import Checks, holds_patient_number

SUBJECT_ID = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9 ._/-]{0,63}")
"""As the trial writes it; (0012,0040) is LO, at most 64 characters. It has a digit: what has none may be a name."""
CONSENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/*:()-]{0,63}")
SUBJECT_FORM = "Use letters, digits, spaces and . _ / - only, with a digit in it, like 01/007"
CONSENT_FORM = "Use letters, digits, spaces and . _ / * : ( ) - only, like 2.0 or PIS v3"
MEND = "Give the number by which the research study knows them, like 01/007"
_DATES = ("%Y%m%d", "%d%m%Y", "%m%d%Y", "%d%m%y", "%y%m%d", "%m%d%y")


@dataclass(frozen=True, slots=True)
class Identity:
    """What identifies a person at the hospital; empty where it is not known."""

    name: str = ""
    hospital_number: str = ""
    nhs_number: str = ""
    birth_date: date | None = None


def fits_subject_id(value: str) -> bool:
    """Whether a subject id may cross: its form, and no NHS number in it."""
    return SUBJECT_ID.fullmatch(value) is not None and not holds_patient_number(value)


def fits_consent(value: str) -> bool:
    """Whether the version of a consent form may cross: its form, and no NHS number in it."""
    return CONSENT.fullmatch(value) is not None and not holds_patient_number(value)


def check(checks: Checks, *, subject_id: str, consent_version: str, person: Identity) -> None:
    """Note what is wrong with a subject id and a consent version, each empty where none is given, of this person.

    Both leave the hospital: neither may be, or hold, the name, a number or the birth date of the person.
    """
    for name, value, mend, form, words in (
        ("subject_id", subject_id, MEND, SUBJECT_ID, SUBJECT_FORM),
        ("consent_version", consent_version, "Give the version of the form alone", CONSENT, CONSENT_FORM),
    ):
        if not value:
            continue
        checks.that(not holds_patient_number(value), name, f"There is an NHS number in it. {mend}")
        checks.that(not _says_number(value, person), name, f"The patient's number is in it. {mend}")
        checks.that(not _says_birth_date(value, person.birth_date), name, f"The patient's birth date is in it. {mend}")
        checks.nobody(name, value, known=(person.name,))
        checks.that(form.fullmatch(value) is not None, name, words)


def _bare(text: str) -> str:
    return re.sub(r"[\W_]", "", text.casefold())


def _says_number(value: str, person: Identity) -> bool:
    """Whether the value holds a number of the person, however spaced; one of under five characters, when it is that."""
    said = _bare(value)
    numbers = [_bare(number) for number in (person.hospital_number, person.nhs_number)]
    return any(number in said if len(number) >= 5 else number == said for number in numbers if number)


def _says_birth_date(value: str, born: date | None) -> bool:
    """Whether the value says the day, month and year; with two digits of the year only when it says nothing else."""
    if born is None:
        return False
    digits = re.sub(r"[^0-9]", "", value)
    written = {born.strftime(form) for form in _DATES}
    return any(one in digits if len(one) == 8 else one == digits for one in written)
