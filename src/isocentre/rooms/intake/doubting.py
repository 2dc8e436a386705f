"""What a person should look at in an enrolment before it is taken in: nothing of it is wrong for certain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from isocentre.core import subjects
from isocentre.core.days import parse_day
from isocentre.core.same_person import name_differs, odd, words_of
from isocentre.core.subjects import Identity
from isocentre.rooms.intake import persons
from isocentre.rooms.intake.models import Person

TELLS = (
    "It may tell {}, and it leaves the hospital. Until a second person accepts it or another is given, under Subject "
    "ids, scans of this person are held"
)
Alike = dict[tuple[str, Any], int]
"""Lines of a list by surname and birth date: the first of each."""


def about(facts: Mapping[str, Any], number: int | None = None, alike: Alike | None = None) -> dict[str, str]:
    """Doubts about one enrolment, by field, in words that repeat no value. `number`, `alike`: its line, and those
    before it, to which it is added."""
    found = odd({**facts, "surname": facts["name"]})
    who = persons.known(
        hospital_number=facts["hospital_number"], issuer=facts["issuer"], nhs_number=facts["nhs_number"]
    )  # fmt: skip
    if who is not None and name_differs(who.name, facts["name"]):
        found["surname"] = "The person with this number is known by another surname. Check that it is the same person"
    told = set(subjects.doubts(facts["subject_id"], Identity(facts["name"], birth_date=facts["birth_date"])))
    told |= set(subjects.doubts(facts["subject_id"], persons.identity(who))) if who is not None else set()
    if told:
        found["subject_id"] = TELLS.format(subjects.in_words(told))
    words, born = " ".join(sorted(words_of(facts["name"]))), facts["birth_date"]
    if not words or born is None:
        return found
    first = alike.setdefault((words, born), number or 0) if alike is not None else number
    if first != number:
        found.setdefault("surname", f"Line {first} has the same surname and birth date: one person under two numbers?")
    elif _known(who, facts["name"], born):
        found.setdefault(
            "surname", "Somebody with this surname and birth date is known under another number. Is it one person?"
        )
    return found


def _known(who: Person | None, name: str, born: Any) -> bool:
    """Whether somebody else of this surname and birth date is known here."""
    others = Person.objects.filter(birth_date=born).exclude(name="")
    return any(one != who and not name_differs(name, one.name) for one in others)


def two_people(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two lines of one number are of different people, by surname or birth date as typed."""
    born = [parse_day(line.get("birth_date", "")) for line in (one, other)]
    names = [line.get("surname", "") for line in (one, other)]
    return (None not in born and born[0] != born[1]) or name_differs(*names)
