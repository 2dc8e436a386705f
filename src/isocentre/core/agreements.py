"""Contribution agreements of a trust and a research study: what one says, and whether it is in force on a day.

A day is one of Europe/London: an agreement holds from the first moment of `starts` to the last of `until`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from isocentre.core.checks import Checks

EXITS: Mapping[str, str] = {
    "keep": "What was contributed is kept",
    "no_new_use": "What was contributed is kept, and used for nothing new",
    "erase": "What was contributed is erased",
}
WARN_DAYS = 60
"""Days before its last one from which people are told that an agreement ends."""
LONGEST = timedelta(days=40 * 366)
NONE = "no contribution agreement is recorded for this trust"
ENTERED = "the contribution agreement waits for a second person to confirm it"
CALDICOTT = "the contribution agreement is not signed by the Caldicott Guardian"
SIRO = "the contribution agreement is not signed by the SIRO"
_TEXTS = {"controllers": 500, "processor": 200, "purposes": 1000, "dpia": 200, "file_reference": 200}
_NAMES = ("caldicott_name", "caldicott_post", "siro_name", "siro_post")


@dataclass(frozen=True, slots=True)
class AgreementTerms:
    """What an agreement says. `caldicott_…`, `siro_…`: who signed, in which post, on which day; None: not signed."""

    controllers: str = ""
    processor: str = ""
    purposes: str = ""
    dpia: str = ""
    file_reference: str = ""
    caldicott_name: str = ""
    caldicott_post: str = ""
    caldicott_on: date | None = None
    siro_name: str = ""
    siro_post: str = ""
    siro_on: date | None = None
    starts: date | None = None
    until: date | None = None
    exit_terms: str = ""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A version two people put down; `ended_on`: the day it was ended early, from which it holds no more."""

    number: int
    terms: AgreementTerms
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether an agreement is in force, or why not in words; `until`: its last day as far as is known.

    `number`: the version that decides; None where none is confirmed.
    """

    why_not: str = ""
    until: date | None = None
    number: int | None = None

    @property
    def in_force(self) -> bool:
        """True when what the trust contributes may be sent on, and released."""
        return not self.why_not


def standing(versions: Iterable[Confirmed], day: date, *, waiting: bool = False) -> Standing:
    """How the agreement stands on a day: the newest version that has begun decides, whatever an older one says.

    `waiting`: a version is entered, and nobody has confirmed it.
    """
    found = sorted(versions, key=lambda one: one.number)
    begun = [one for one in found if one.terms.starts is not None and one.terms.starts <= day]
    if begun:
        one = begun[-1]
        return Standing(_why_not(one, day), one.terms.until, one.number)
    coming = [one for one in found if one.ended_on is None and one.terms.starts is not None]
    if coming:
        one = coming[-1]
        assert one.terms.starts is not None
        return Standing(
            f"the contribution agreement begins on {in_words(one.terms.starts)}", one.terms.until, one.number
        )
    return Standing(ENTERED if waiting else NONE)


def _why_not(one: Confirmed, day: date) -> str:
    terms = one.terms
    if one.ended_on is not None and one.ended_on <= day:
        return f"the contribution agreement was ended on {in_words(one.ended_on)}"
    if terms.until is not None and terms.until < day:
        return f"the contribution agreement ended on {in_words(terms.until)}"
    if terms.caldicott_on is None or terms.caldicott_on > day:
        return CALDICOTT
    return SIRO if terms.siro_on is None or terms.siro_on > day else ""


def ends_soon(found: Standing, day: date) -> bool:
    """True when it is in force, and its last day is near."""
    return found.in_force and found.until is not None and found.until <= day + timedelta(days=WARN_DAYS)


def in_words(day: date) -> str:
    """As people write it: 3 March 2026."""
    return f"{day.day} {day:%B %Y}"


def check_entered(terms: AgreementTerms, today: date) -> None:
    """Unfit, with words by field, where something that was entered cannot be so; what is missing may follow."""
    checks = _checked(terms, today)
    checks.done()


def check_whole(terms: AgreementTerms, today: date) -> None:
    """Unfit, with words by field, unless it can be confirmed. A signature may be missing: it holds once both signed."""
    checks = _checked(terms, today)
    checks.that(bool(terms.controllers.strip()), "controllers", "Enter who the controllers are")
    checks.that(bool(terms.processor.strip()), "processor", "Enter who the processor is")
    checks.that(bool(terms.purposes.strip()), "purposes", "Enter what the images may be used for")
    checks.that(bool(terms.dpia.strip()), "dpia", "Enter the reference of the DPIA")
    checks.that(terms.starts is not None, "starts", "Enter the first day of the agreement")
    checks.that(terms.until is not None, "until", "Enter the last day of the agreement")
    checks.that(terms.exit_terms in EXITS, "exit_terms", "Choose what happens with what was contributed")
    checks.that(bool(terms.file_reference.strip()), "file_reference", "Enter where the signed agreement is filed")
    checks.done()


def _checked(terms: AgreementTerms, today: date) -> Checks:
    checks = Checks()
    for name, most in _TEXTS.items():
        checks.brief(name, getattr(terms, name), most=most)
        checks.nobody(name, getattr(terms, name))
    for name in _NAMES:
        checks.brief(name, getattr(terms, name), most=100)
        checks.nobody(name, getattr(terms, name))
    for who, called in (("caldicott", "Caldicott Guardian"), ("siro", "SIRO")):
        on = getattr(terms, f"{who}_on")
        named = all(getattr(terms, f"{who}_{part}").strip() for part in ("name", "post"))
        checks.that(on is None or named, f"{who}_name", f"Enter who signed as {called}, and in which post")
        checks.that(on is None or on <= today, f"{who}_on", "Enter a day that is not in the future")
    checks.that(terms.exit_terms in ("", *EXITS), "exit_terms", "Choose what happens with what was contributed")
    if terms.starts is not None and terms.until is not None:
        checks.that(terms.starts <= terms.until, "until", "The last day must not be before the first day")
        checks.that(terms.until - terms.starts <= LONGEST, "until", "Enter a day within 40 years of the first day")
    return checks
