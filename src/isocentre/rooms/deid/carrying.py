"""Rules carried to another hospital side: those in force as a file, and a file taken in, to be accepted here."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from isocentre.core.actor import Actor
from isocentre.core.checks import Unfit
from isocentre.core.deid import reviewed
from isocentre.core.deid.reviewed import BadRules
from isocentre.rooms.deid import ruling
from isocentre.rooms.deid.models import Rule
from isocentre.rooms.intake import door as intake

MOST = 500
"""Rules of a file that are taken in at once."""
LARGEST = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Taken:
    """Rules that wait to be accepted, and rules that are here already."""

    waiting: int
    known: int


def exported() -> str:
    """The file of the rules in force."""
    return reviewed.dump(ruling.in_force().rules)


def take(*, by: Actor, file: bytes) -> Taken:
    """Take a file of rules in: each waits until somebody else accepts it. Unfit with words; then none is kept."""
    intake.require(by, ruling.MAKE)
    try:
        rules = reviewed.parse(file[: LARGEST + 1].decode("utf-8")) if len(file) <= LARGEST else ()
    except (BadRules, UnicodeDecodeError) as error:
        words = str(error) if isinstance(error, BadRules) else "it is no text"
        raise Unfit({"file": f"The file cannot be used: {words}"}) from None
    if not 0 < len(rules) <= MOST:
        raise Unfit({"file": f"The file has no rule, or over {MOST}"})
    known = 0
    with transaction.atomic():
        for rule in rules:
            if _here(rule):
                known += 1
            else:
                ruling.make(by=by, rule=rule, imported=True)
    return Taken(len(rules) - known, known)


def _here(rule: reviewed.Rule) -> bool:
    """Whether the rule is in force with these boxes, or waits already."""
    for one in Rule.objects.filter(code=rule.code, state__in=ruling.OPEN):
        if one.state == "waiting" or not set(rule.boxes) - set(ruling.plain(one).boxes):
            return True
    return False
