"""The National Data Opt-out (England): where it applies, the lists exchanged with its service, what an answer means.

The service takes a list of NHS numbers and returns it without those who opted out. A number that is missing from the
answer is opted out only when it was asked about: the two lists are joined by difference, never by order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from isocentre.core.ids import NhsNumber

Verdict = Literal["allowed", "opted_out", "not_asked"]
DEFAULT_DAYS = 7
MOST_DAYS = 21
"""A new choice may take 21 days to be upheld, so no answer is used for longer."""
MOST_ERRORS = 20
# Local health boards of Wales and their sites (ODS). The opt-out is England's; elsewhere in the United Kingdom there is
# no section 251 support at all, so any other code is looked up.
_WALES = re.compile(r"7A\d")


@dataclass(frozen=True, slots=True)
class Sweep:
    """One answer of the service: the day it answered, how many were asked about, how many may be used."""

    answered_on: date
    asked: int
    allowed: int

    def age(self, today: date) -> int:
        """Whole days since the answer."""
        return (today - self.answered_on).days


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a scan does not go on: `held` or `opted_out`, a cause, and words a person can act on."""

    disposition: str
    cause: str
    words: str


class BadList(ValueError):
    """A list that cannot be used; `lines` are (line number, words), and never repeat a number."""

    def __init__(self, lines: list[tuple[int, str]]) -> None:
        super().__init__("the list cannot be used")
        self.lines = lines


def applies(legal_basis: str, site: str, *, consented: bool = False) -> bool:
    """True where the opt-out is looked up: section 251 support, at a site in England (design §3.2), for a person who
    has not consented: explicit consent to the research study wins, even over an opt-out."""
    return legal_basis == "s251" and not consented and not _WALES.match(site.upper())


def consented(*, consented_on: date | None, withdrawn: bool, today: date) -> bool:
    """True while the person's own consent to this very research study is recorded, given, and not withdrawn."""
    return consented_on is not None and consented_on <= today and not withdrawn


def read_list(text: str) -> frozenset[NhsNumber]:
    """The NHS numbers of a list: one a line, each followed by a comma or by nothing. BadList with line numbers.

    The service refuses a whole list for one bad number, and its refusal is a line of words: neither is taken.
    """
    numbers: set[NhsNumber] = set()
    bad: list[tuple[int, str]] = []
    for at, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        cell = line.strip().rstrip(",").strip()
        if not cell:
            continue
        try:
            numbers.add(NhsNumber.parse(cell))
        except ValueError:
            bad.append((at, "this is not one NHS number: ten digits that belong together, then a comma"))
    if bad:
        raise BadList(bad[:MOST_ERRORS])
    return frozenset(numbers)


def written(numbers: Iterable[NhsNumber]) -> bytes:
    """The list as the service takes it: ten digits, a comma and a line feed each, no heading, in no telling order."""
    return "".join(f"{number!s},\n" for number in sorted(numbers)).encode("ascii")


def decide(*, nhs_number: str, sweep: Sweep | None, verdict: Verdict, today: date, days: int) -> Stop | None:
    """What becomes of a scan to which the opt-out applies; None lets it go on. `verdict` is of this very number."""
    if not nhs_number:
        words = "The national data opt-out is looked up by NHS number, and this person's is not known."
        return Stop("held", "opt_out_no_number", words)
    if sweep is None:
        return Stop("held", "opt_out_list", "No answer of the national data opt-out service has been taken in yet.")
    if sweep.age(today) > days:
        words = f"The last answer of the opt-out service is {sweep.age(today)} days old, of {days} at most."
        return Stop("held", "opt_out_list", words)
    if verdict == "not_asked":
        words = "The national data opt-out service was not asked about this person yet."
        return Stop("held", "opt_out_not_asked", words)
    if verdict == "opted_out":
        return Stop("opted_out", "national_opt_out", "")
    return None
