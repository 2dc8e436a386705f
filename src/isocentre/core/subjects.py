"""What stands for a person on both sides of the wall: the trial's subject id, and the version of the consent form.

One rule where it is typed (hospital side) and where it is read (national side): what the first takes, the second takes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from isocentre.core.checks import Checks, holds_patient_number
from isocentre.core.same_person import words_of

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

    Both leave the hospital: neither may be, or hold, a number of the person, nor the consent version their name or
    birth date. Of a subject id that may tell the name or birth date `doubts` says it: a person then decides.
    """
    for name, value, mend, form, words in (
        ("subject_id", subject_id, MEND, SUBJECT_ID, SUBJECT_FORM),
        ("consent_version", consent_version, "Give the version of the form alone", CONSENT, CONSENT_FORM),
    ):
        if not value:
            continue
        checks.that(not holds_patient_number(value), name, f"There is an NHS number in it. {mend}")
        checks.that(not _says_number(value, person), name, f"The patient's number is in it. {mend}")
        if name == "consent_version":
            born = _says_birth_date(value, person.birth_date)
            checks.that(not born, name, f"The patient's birth date is in it. {mend}")
            checks.nobody(name, value, known=(person.name,))
        checks.that(form.fullmatch(value) is not None, name, words)


DOUBTS = {"name": "their name", "initials": "their initials", "birth_date": "their birth date"}
"""What a subject id may tell of its person, and how it is called."""
_STAND_IN = re.compile(r"S-([0-9]{4,9})")


def doubts(subject_id: str, person: Identity) -> tuple[str, ...]:
    """What a subject id may tell of the person: keys of DOUBTS, none where it tells nothing.

    The name: a word of it, or its first three letters or more, among the letters of the id. Initials: letters that
    stand alone and are theirs, family name first or last.
    """
    runs = [run for run in words_of(subject_id.replace("_", " ")) if len(run) > 1]
    names = [word for word in words_of(person.name) if len(word) > 2]
    told = any(name in run or (len(run) > 2 and name.startswith(run)) for run in runs for name in names)
    found = {
        "name": told,
        "initials": not _initials(person.name).isdisjoint(runs),
        "birth_date": _says_birth_date(subject_id, person.birth_date),
    }
    return tuple(name for name, holds in found.items() if holds)


def in_words(told: Collection[str]) -> str:
    """What a subject id may tell, as people read it."""
    return " and ".join(words for name, words in DOUBTS.items() if name in told)


def next_stand_in(taken: Iterable[str]) -> str:
    """The next subject id that says nothing: S-0001, S-0002 … after those taken."""
    numbers = [int(found[1]) for one in taken if (found := _STAND_IN.fullmatch(one))]
    return f"S-{max(numbers, default=0) + 1:04}"


def _initials(name: str) -> set[str]:
    """The initials of a name of two words or more, in the orders people write them."""
    family, _, rest = name.partition("^")
    first, last = words_of(rest.replace("^", " ")), words_of(family)
    if not rest:
        first, last = last[:-1], last[-1:]
    given, surname = ("".join(word[0] for word in words) for words in (first, last))
    if not given or not surname:
        return set()
    return {given + surname, surname + given, given[0] + surname[0], surname[0] + given[0]}


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
