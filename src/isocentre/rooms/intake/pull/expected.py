"""What is expected of the people enrolled, as a list to fetch: planned imaging that is due or overdue and did not come.

Read from the visit calendar, so it follows day 0, windows, withdrawals and what came; of section 251 support nothing is
offered, as a scan that did not come may be an opt-out. Each line asks for a patient, days and modality: where the PACS
has several for it a person chooses, as with any list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from isocentre.core import visits as rules
from isocentre.core.actor import Actor
from isocentre.core.pull.lines import Asked, whole
from isocentre.rooms.intake import visits
from isocentre.rooms.intake.models import Enrolment
from isocentre.rooms.intake.visits import Due

STATES = (rules.DUE, rules.OVERDUE)
FIRST_YEAR = 1900
"""A day before it is no day of a scan, and DICOM writes years in four digits (PS3.5 6.2, DA)."""
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Expected:
    """One planned event to ask a PACS about; `asked` is None where the person has no number that can be asked for."""

    due: Due
    asked: Asked | None

    @property
    def first(self) -> date:
        """The first day on which it is due."""
        return self.due.first


def expected(by: Actor, research_study: str, state: str = "") -> list[Expected]:
    """Planned events of a research study, due or overdue (`state`: only one of them), the earliest first."""
    wanted = [state] if state in STATES else STATES
    found = [one for one in visits.calendar(by, visits.Wanted(research_study)) if one.state in wanted]
    numbers = _numbers({one.enrolment for one in found})
    return [Expected(one, _asked(one, numbers.get(one.enrolment, ""))) for one in found]


def lines(found: Iterable[Expected]) -> list[tuple[int, Asked]]:
    """What `pulling.make` takes, numbered from 1; those that cannot be asked for left out."""
    asked = dict.fromkeys(one.asked for one in found if one.asked is not None)
    return list(enumerate(asked, 1))


def _asked(one: Due, number: str) -> Asked | None:
    if not whole(number) or one.first.year < FIRST_YEAR:
        return None
    return Asked(patient_id=number, first_day=one.first, last_day=one.last, modalities=one.modalities)


def _numbers(enrolments: set[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    ids = sorted(enrolments)
    for at in range(0, len(ids), CHUNK):
        rows = Enrolment.objects.filter(pk__in=ids[at : at + CHUNK])
        found |= dict(rows.values_list("pk", "person__hospital_number"))
    return found
