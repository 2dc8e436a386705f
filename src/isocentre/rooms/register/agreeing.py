"""Commands about contribution agreements: one person enters a version, another confirms it; ended early, and undone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.agreements import AgreementTerms, check_entered, check_whole
from isocentre.core.checks import Checks, Unfit
from isocentre.rooms.register.agreements import CONFIRM, ENTER, AgreementRecord, agreement, may, terms_of
from isocentre.rooms.register.models import AgreementVersion, ResearchStudy

OWN = "You entered it, so another person must confirm it"
CHANGED = "It was changed since you looked: read it again, then confirm it"
GONE = "Nothing waits to be confirmed any more"


def enter(*, by: Actor, slug: str, organisation: str, changes: dict[str, Any]) -> None:
    """Change the version that waits to be confirmed, or begin the next one from what is in force. Safe to repeat.

    `changes`: fields of AgreementTerms. Unfit with words by field. Whoever changes it last has entered it.
    """
    with _changing(by, slug, organisation, ENTER) as (_, rows):
        waiting = next((row for row in rows if row.state == "entered"), None)
        confirmed = [row for row in rows if row.state == "confirmed"]
        base = terms_of(waiting or confirmed[-1]) if waiting or confirmed else AgreementTerms()
        terms = replace(base, **changes)
        check_entered(terms, timezone.localdate())
        if terms == base and (waiting or confirmed):
            return
        if waiting is None:
            study = ResearchStudy.objects.get(slug=slug)
            waiting = AgreementVersion(
                research_study=study, organisation=organisation, number=1 + max((row.number for row in rows), default=0)
            )
        else:
            waiting.edits += 1
        for one in fields(AgreementTerms):
            setattr(waiting, one.name, getattr(terms, one.name))
        waiting.entered_by = by.person
        waiting.save()
        said = {name: value for name, value in _plain(terms).items() if value != _plain(base)[name]}
        _record(by, "agreement_entered", slug, organisation, {"version": waiting.number, **said})


def confirm(*, by: Actor, slug: str, organisation: str, number: int, edits: int) -> None:
    """The second person confirms the version as they saw it (`edits`); by the same person again: success.

    Unfit where they entered it, it is not whole, it was changed since, or another was quicker.
    """
    with _changing(by, slug, organisation, CONFIRM) as (_, rows):
        row = next((one for one in rows if one.number == number), None)
        if row is not None and row.state == "confirmed" and row.confirmed_by == by.person:
            return
        if row is None or row.state != "entered":
            raise Unfit({"version": GONE})
        checks = Checks()
        checks.that(row.entered_by != by.person, "version", OWN)
        checks.that(row.edits == edits, "version", CHANGED)
        checks.done()
        check_whole(terms_of(row), timezone.localdate())
        mine = AgreementVersion.objects.filter(pk=row.pk, state="entered", edits=edits)
        if not mine.update(state="confirmed", confirmed_by=by.person):
            raise Unfit({"version": CHANGED})
        _record(by, "agreement_confirmed", slug, organisation, {"version": number})


def discard(*, by: Actor, slug: str, organisation: str, reason: str) -> None:
    """Drop the version that waits, with a reason; nothing hangs on it, and `restore` undoes it."""
    _reason(reason, "Say why it is discarded")
    with _changing(by, slug, organisation, ENTER, CONFIRM) as (_, rows):
        row = next((one for one in rows if one.state == "entered"), None)
        if row is not None:
            AgreementVersion.objects.filter(pk=row.pk).update(state="discarded")
            _record(by, "agreement_discarded", slug, organisation, {"version": row.number}, reason)


def restore(*, by: Actor, slug: str, organisation: str, number: int) -> None:
    """Undo `discard` of the newest version; whoever does so has entered it. Unfit once another was entered."""
    with _changing(by, slug, organisation, ENTER) as (_, rows):
        newest = rows[-1] if rows else None
        if newest is not None and newest.number == number and newest.state == "entered":
            return
        if newest is None or newest.number != number or newest.state != "discarded":
            raise Unfit({"version": "A newer version was entered: change that one"})
        again = {"state": "entered", "edits": newest.edits + 1, "entered_by": by.person}
        AgreementVersion.objects.filter(pk=newest.pk).update(**again)
        _record(by, "agreement_restored", slug, organisation, {"version": number})


def end(*, by: Actor, slug: str, organisation: str, reason: str) -> None:
    """End the agreement today, before its last day, with a reason: nothing is sent on or released from now on.

    One person does, as it only narrows; `reopen` undoes it while the day lasts. Unfit where none could be in force.
    """
    _reason(reason, "Say why the agreement ends before its last day")
    with _changing(by, slug, organisation, ENTER, CONFIRM) as (one, rows):
        today = timezone.localdate()
        ending = [row for row in rows if row.state == "confirmed" and row.ended_on is None and _holds(row, today)]
        if not ending:
            if one.deciding is not None and one.deciding.ended_on is not None:
                return
            raise Unfit({"version": "No version of it is confirmed, so there is nothing to end"})
        ended = {"ended_on": today, "ended_by": by.person, "end_reason": reason}
        AgreementVersion.objects.filter(pk__in=[row.pk for row in ending]).update(**ended)
        _record(by, "agreement_ended", slug, organisation, {"version": ending[-1].number}, reason)


def _holds(row: AgreementVersion, today: date) -> bool:
    return row.until is not None and row.until >= today


def may_end(one: AgreementRecord) -> bool:
    """True while a confirmed version holds, or will."""
    today = timezone.localdate()
    return any(
        row.state == "confirmed" and row.ended_on is None and row.terms.until is not None and row.terms.until >= today
        for row in one.versions
    )


def may_reopen(one: AgreementRecord) -> bool:
    """True while an end can be undone: on the day itself, and nothing newer was confirmed."""
    newest = next((row for row in one.versions if row.state == "confirmed"), None)
    return newest is not None and newest.ended_on == timezone.localdate()


def reopen(*, by: Actor, slug: str, organisation: str) -> None:
    """Undo an end on the day it was made: what two people agreed holds again. Unfit later; safe to repeat."""
    with _changing(by, slug, organisation, ENTER, CONFIRM) as (one, rows):
        ended = [row for row in rows if row.ended_on is not None]
        if not ended:
            return
        if not may_reopen(one):
            raise Unfit({"version": "The day is over, or a newer version was confirmed: enter what holds from now on"})
        today = [row.pk for row in ended if row.ended_on == timezone.localdate()]
        AgreementVersion.objects.filter(pk__in=today).update(ended_on=None, ended_by="", end_reason="")
        _record(by, "agreement_reopened", slug, organisation, {"version": ended[-1].number})


@contextmanager
def _changing(
    by: Actor, slug: str, organisation: str, *permissions: str
) -> Iterator[tuple[AgreementRecord, list[AgreementVersion]]]:
    """The agreement and its versions, oldest first, locked by their research study; NotFound out of scope."""
    with transaction.atomic():
        ResearchStudy.objects.select_for_update().filter(slug=slug).first()
        one = agreement(by=by, slug=slug, organisation=organisation)
        if not any(may(by, permission, one) for permission in permissions):
            raise PermissionError("This role does not change contribution agreements of this research study.")
        rows = AgreementVersion.objects.filter(research_study__slug=slug, organisation=organisation)
        yield one, list(rows.order_by("number"))


def _reason(reason: str, words: str) -> None:
    checks = Checks()
    checks.filled("reason", reason, words, most=500)
    checks.nobody("reason", reason)
    checks.done()


def _plain(terms: AgreementTerms) -> dict[str, str]:
    return {name: str(value or "") for name, value in asdict(terms).items()}


def _record(by: Actor, action: str, slug: str, organisation: str, detail: dict[str, Any], reason: str = "") -> None:
    entry = audit.Entry(action, "agreement", f"{slug} {organisation}", {"research_study": slug, **detail}, reason)
    audit.record(by=by, entries=[entry])
