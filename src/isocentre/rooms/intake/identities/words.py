"""Questions about numbers, as people read them, and what of them waits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Min, Q
from django.urls import reverse

from isocentre.core.actor import Actor
from isocentre.core.hooks import WorkItem
from isocentre.rooms.intake import recalling, viewing
from isocentre.rooms.intake.identities import deciding
from isocentre.rooms.intake.identities.rows import IdentityQuestion
from isocentre.rooms.intake.models import Disposition, LedgerRow, Person
from isocentre.web import names

TITLES = {
    "merge": "Two numbers of one person",
    "move": "Records moved to another number",
    "unlink": "Two people, taken for one",
    "changed": "Under another number in the picture archive",
    "gone": "No longer in the picture archive",
}
SAID = {
    "merge": "{told} says that {right} and {before} are numbers of one person, and that {right} stays.",
    "move": "{told} says that what was filed under {before} belongs to {right}.",
    "unlink": "{told} says that {right} and {before} are two people, who were taken for one.",
    "changed": "The picture archive {told} has a scan under {right} that came here under {before}.",
    "gone": "The picture archive {told} does not have a scan any more that came here under {before}.",
}
STATES = {
    IdentityQuestion.OPEN: ("To decide", "orange"), IdentityQuestion.SETTLED: ("Changed here", "green"),
    IdentityQuestion.KEPT: ("Nothing changed", "grey"),
}  # fmt: skip
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody enrolled here whom a question concerns."""

    person: Person
    enrolments: tuple[tuple[str, str, str], ...]  # research study, subject id, address


@dataclass(frozen=True, slots=True)
class Came:
    """A scan that came under one of the numbers; `wrong`: where it is taken back as of the wrong patient."""

    number: str
    title: str
    state: str
    url: str
    wrong: str


def told_by(one: IdentityQuestion) -> str:
    """Who said it: a person, a system by its address and event, or a PACS."""
    if one.source == IdentityQuestion.FORM:
        return names.person(one.told_by)
    return f"HL7 message ({one.event}) from {one.told_by}" if one.source == IdentityQuestion.HL7 else one.told_by


def sentence(one: IdentityQuestion) -> str:
    """What was said, with the numbers: for the page of the question alone."""
    told = f"The {told_by(one)}" if one.source == IdentityQuestion.HL7 else told_by(one)
    return SAID[one.kind].format(told=told, right=_numbers(one.right), before=_numbers(one.before))


def _numbers(numbers: Iterable[list[str]]) -> str:
    return " and ".join(f"{value} ({issuer})" if issuer else value for value, issuer in numbers) or "no number"


def known(by: Actor, one: IdentityQuestion) -> list[Known]:
    """The people enrolled here, with their enrolments in the actor's scope."""
    titles, found = viewing.titles(), []
    for person in dict.fromkeys(filter(None, (one.right_person, one.before_person))):
        mine = viewing.enrolments(by).filter(person=person).order_by("research_study")
        listed = tuple(
            (titles.get(e.research_study, e.research_study), e.subject_id, reverse("intake:person", args=[e.pk]))
            for e in mine
        )
        if listed:
            found.append(Known(person, listed))
    return found


def came(by: Actor, one: IdentityQuestion) -> list[Came]:
    """Scans in the actor's scope that came under one of the numbers, or that the question is about."""
    from isocentre.rooms.intake import life_steps

    values = {value for value, _ in (*one.right, *one.before)}
    rows = viewing.visible(by).filter(Q(arrival__patient_id__in=values) | Q(pk=one.row)).exclude(recalling.OUT)
    rows = rows.exclude(disposition=Disposition.OPTED_OUT).select_related("arrival").order_by("pk")
    scans: dict[tuple[str, str], LedgerRow] = {}
    for row in rows.iterator(500):
        scans.setdefault((row.research_study, row.study_uid), row)
        if len(scans) == SHOWN:
            break
    may = by.may(recalling.PERMISSION)
    return [
        Came(row.arrival.patient_id, life_steps.title(row), Disposition(row.disposition).label,
             reverse("scan", args=[row.pk]), reverse("intake:recall", args=[row.pk]) if may else "")
        for row in scans.values()
    ]  # fmt: skip


def worklist(actor: Actor) -> list[WorkItem]:
    """Questions that wait for this actor."""
    if not actor.may(deciding.PERMISSION):
        return []
    waiting = deciding.visible(actor).filter(state=IdentityQuestion.OPEN)
    found = waiting.aggregate(n=Count("pk"), oldest=Min("at"))
    words = f"{'question' if found['n'] == 1 else 'questions'} about patient numbers: is it the same person?"
    return [WorkItem(found["n"], words, reverse("intake:numbers"), found["oldest"])]
