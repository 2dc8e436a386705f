"""A person withdraws from a research study: what they asked for is recorded, nothing more of theirs is sent on.

What is stored on the national side already is not touched here: the next receipts say what the person asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core import routing
from isocentre.core.actor import Actor
from isocentre.core.checks import Checks
from isocentre.jobs import wake
from isocentre.rooms.intake import persons, rerouting, viewing
from isocentre.rooms.intake.models import Disposition, Enrolment, LedgerRow
from isocentre.rooms.intake.opting_out import ACTIVE

WITHDRAWN = "withdrawn"
WORDS = routing.WITHDRAWN
KINDS = {
    "keep": "Stop: nothing more is sent on, what was sent on stays in use",
    "no_new_use": "Stop, and use what was sent on for nothing new",
    "erase": "Stop, and erase what was sent on where the law allows",
}
"""What a person may ask for, by `core.record_types.Withdrawal`."""


_SAID = {
    "keep": ("keep", "stop", "stopandkeep"),
    "no_new_use": ("nonewuse", "stopandremovefromfutureuse", "removefromfutureuse"),
    "erase": ("erase", "stopanderase", "stopanderasewherethelawallows"),
}


def read_kind(text: str) -> str | None:
    """What a person asked for, in the words of a list; empty where nothing is said, None where it is not known."""
    said = re.sub(r"[^a-z]", "", text.casefold())
    return next((kind for kind, forms in _SAID.items() if said in forms), None) if text.strip() else ""


@dataclass(frozen=True, slots=True)
class Images:
    """Images of one enrolment: on their way here, held, and sent on."""

    pending: int
    held: int
    sent: int


def images(enrolment: Enrolment) -> Images:
    """What a withdrawal would be about."""

    def of(disposition: str) -> Count:
        return Count("pk", filter=Q(disposition=disposition))

    found = LedgerRow.objects.filter(enrolment=enrolment).aggregate(
        pending=of(Disposition.PENDING),
        held=of(Disposition.HELD),
        sent=Count("pk", filter=Q(disposition=Disposition.SENT_ON, recalled=False)),
    )
    return Images(**found)


def withdraw(*, by: Actor, enrolment: int, kind: str, day: date | None, reason: str) -> int:
    """Record it, or something else asked for later; images that waited their turn are held. Returns how many.

    Unfit with a sentence by field. What a worker has in hand at this moment still goes.
    """
    with transaction.atomic():
        one = _mine(by, enrolment)
        checks = Checks()
        checks.one_of("withdrawal", kind, KINDS, "Choose what the person asked for")
        checks.that(day is not None, "withdrawn_on", "Give the day on which the person withdrew")
        checks.that(day is None or day <= timezone.localdate(), "withdrawn_on", "The day is in the future")
        _reason(checks, one, reason)
        checks.done()
        one.status, one.withdrawal, one.withdrawn_on = WITHDRAWN, kind, day
        one.save(update_fields=["status", "withdrawal", "withdrawn_on"])
        waiting = LedgerRow.objects.filter(enrolment=one, disposition=Disposition.PENDING, claimed_by="", attempts=0)
        held = waiting.update(
            disposition=Disposition.HELD, cause=WITHDRAWN, words=WORDS, decided_at=timezone.now(), not_before=None
        )
        detail = {"research_study": one.research_study, "asked": kind, "images": held}
        audit.record(by=by, entries=[audit.Entry("person_withdrawn", "enrolment", str(one.pk), detail, reason)])
        transaction.on_commit(wake.wake)
    return held


def take_back(*, by: Actor, enrolment: int, reason: str) -> dict[str, int]:
    """A withdrawal recorded by mistake; held images are routed again. Images by where they went."""
    with transaction.atomic():
        one = _mine(by, enrolment)
        checks = Checks()
        checks.that(one.status == WITHDRAWN, "reason", "No withdrawal is recorded")
        _reason(checks, one, reason)
        checks.done()
        one.status, one.withdrawal, one.withdrawn_on = ACTIVE, "", None
        one.save(update_fields=["status", "withdrawal", "withdrawn_on"])
        detail = {"research_study": one.research_study}
        audit.record(by=by, entries=[audit.Entry("withdrawal_taken_back", "enrolment", str(one.pk), detail, reason)])
    return rerouting.reroute_withdrawn(by=by, enrolment=one)


def _mine(by: Actor, enrolment: int) -> Enrolment:
    viewing.require(by, "enrolment_edit")
    # Of the rows themselves only: what else is read for the scope is nobody's to lock.
    one = Enrolment.objects.select_for_update().filter(pk__in=viewing.enrolments(by).filter(pk=enrolment)).first()
    if one is None:
        raise PermissionDenied("There is no such enrolment in your scope.")
    return one


def _reason(checks: Checks, one: Enrolment, reason: str) -> None:
    checks.filled("reason", reason, "Say why, in a few words", most=300)
    who = persons.identity(one.person)
    checks.nobody("reason", reason, known=(who.name, who.hospital_number, who.nhs_number))


def to_tell() -> list[LedgerRow]:
    """Withdrawals, also taken back, and terms of consent that changed, of which the national side is not told yet: of
    each a row that was sent on.

    Where nothing was sent on the national side knows nobody, so there is nothing to tell.
    """
    due = []
    for one in Enrolment.objects.filter(~Q(withdrawal_told=F("withdrawal")) | Q(consent_untold=True)):
        sent = LedgerRow.objects.filter(enrolment=one).exclude(sent_at=None).exclude(pseudonym="")
        row = sent.select_related("arrival", "enrolment").order_by("-sent_at", "-pk").first()
        if row is not None:
            due.append(row)
    return due


def told(rows: Iterable[LedgerRow]) -> None:
    """The national side was told of the people of these rows, as the rows have them."""
    for row in rows:
        if row.enrolment is not None:
            mine = Enrolment.objects.filter(pk=row.enrolment.pk)
            mine.update(withdrawal_told=row.enrolment.withdrawal)
            agreed = {name: getattr(row.enrolment, name) for name in ("consent_version", "consent_scope")}
            mine.filter(**agreed).update(consent_untold=False)
