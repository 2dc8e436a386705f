"""The national data opt-out at work: whom to ask about, the answer taken in, and the look-up of each scan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core import optout
from isocentre.core.actor import ANY, Actor
from isocentre.core.checks import Checks, Unfit
from isocentre.core.days import LIKE
from isocentre.core.ids import NhsNumber
from isocentre.jobs import door as jobs
from isocentre.rooms.deid import door
from isocentre.rooms.intake import door as intake
from isocentre.web import formats

WAITING = ("opt_out_list", "opt_out_not_asked", "opt_out_no_number")
MOST_CHARACTERS = 20_000_000
PERMISSION = "optout_upload"


@dataclass(frozen=True, slots=True)
class Taken:
    """What taking an answer in did: the answer, and where held images went."""

    sweep: optout.Sweep
    images: dict[str, int]


@dataclass(frozen=True, slots=True)
class State:
    """Where the opt-out stands: the answer in force (None: never), its age, the most it may have, people by need."""

    sweep: optout.Sweep | None
    age: int | None
    days: int
    needed: int  # people enrolled under section 251 support whose NHS number is known
    new: int  # of them, not in the answer in force
    without_number: int
    asked: int  # how many the next answer is about

    @property
    def old(self) -> bool:
        """True when scans wait for a new answer."""
        return self.age is None or self.age > self.days


def most_days() -> int:
    """How many days an answer is used for."""
    return int(jobs.recall("opt_out_days", optout.DEFAULT_DAYS))


def fits(days: int | None) -> None:
    """Unfit when an answer may not be used for so many days."""
    checks = Checks()
    right = days is not None and 1 <= days <= optout.MOST_DAYS
    checks.that(right, "opt_out_days", f"Write a number of days from 1 to {optout.MOST_DAYS}")
    checks.done()


def set_days(*, by: Actor, days: int | None, reason: str) -> None:
    """Use answers for so many days, with a reason. Audited; safe to repeat."""
    intake.require(by, "settings_manage")
    fits(days)
    before = most_days()
    with transaction.atomic():
        jobs.remember("opt_out_days", days)
        if days != before:
            detail = {"opt_out_days": [before, days]}
            audit.record(by=by, entries=[audit.Entry("times_changed", "setting", "times", detail, reason)])


def state() -> State:
    """Where the opt-out stands now."""
    service, numbers = door.opt_outs(), intake.opting_out.numbers_to_ask()
    sweep = service.sweep()
    return State(
        sweep, sweep.age(timezone.localdate()) if sweep else None, most_days(), len(numbers),
        sum(service.look_up(number) == "not_asked" for number in numbers),
        intake.opting_out.without_number(), len(service.asked()),
    )  # fmt: skip


def may(by: Actor) -> bool:
    """Whether the actor takes lists out and answers in: they are about people of every research study and site."""
    return by.may(PERMISSION) and by.scope.allows(ANY, ANY)


def _require(by: Actor) -> None:
    intake.require(by, PERMISSION)
    if not may(by):
        raise PermissionDenied(
            "The list names people of every research study, so only somebody who acts for all of them takes it out."
        )


def ask(*, by: Actor) -> bytes:
    """The list to have checked, as the service takes it; the next answer is about these people. Audited.

    Unfit when nobody needs to be asked about.
    """
    _require(by)
    numbers = intake.opting_out.numbers_to_ask()
    if not numbers:
        raise Unfit({"list": "Nobody with an NHS number is enrolled under section 251 support without consent"})
    door.opt_outs().ask(numbers)
    with transaction.atomic():
        entry = audit.Entry("opt_out_asked", "opt_out", "national", {"people": len(numbers)})
        audit.record(by=by, entries=[entry])
    return optout.written(numbers)


def take(
    *, by: Actor, allowed: str, answered_on: date | None, asked: str = "", everybody: bool = False
) -> Taken:  # fmt: skip
    """Take in the list as the service returned it, and let scans that waited for it go on. Audited, safe to repeat.

    `asked` is the list that was checked, where it was not `ask` that made it; `everybody` says that an empty answer is
    meant: all of them opted out. Unfit with words by field and line; they never repeat a number.
    """
    _require(by)
    checks = Checks()
    today = timezone.localdate()
    checks.that(answered_on is not None, "answered_on", f"Give the day of the answer, like {LIKE}")
    checks.that(answered_on is None or answered_on <= today, "answered_on", "The day of the answer is in the future")
    old = answered_on is not None and (today - answered_on).days > most_days()
    checks.that(not old, "answered_on", f"The answer is more than {most_days()} days old: have a new list checked")
    numbers, question = _read(checks, "allowed", allowed), _read(checks, "asked", asked)
    checks.done()
    service = door.opt_outs()
    question = question if asked.strip() else service.asked()
    _fits(numbers, question, everybody)
    assert answered_on is not None
    if asked.strip():
        service.ask(question)
    sweep = service.take(numbers, answered_on=answered_on)
    detail = {"answered_on": answered_on.isoformat(), "asked": sweep.asked, "allowed": sweep.allowed}
    with transaction.atomic():
        audit.record(by=by, entries=[audit.Entry("opt_out_taken", "opt_out", "national", detail)])
    return Taken(sweep, intake.opting_out.look_again(by=by, causes=WAITING))


def _read(checks: Checks, name: str, text: str) -> frozenset[NhsNumber]:
    if len(text) > MOST_CHARACTERS:
        checks.that(False, name, "The file is too large")
        return frozenset()
    try:
        return optout.read_list(text)
    except optout.BadList as bad:
        checks.that(False, name, "; ".join(f"Line {at}: {words}" for at, words in bad.lines))
        return frozenset()


def _fits(numbers: frozenset[NhsNumber], question: frozenset[NhsNumber], everybody: bool) -> None:
    """The answer fits the question, or Unfit."""
    checks = Checks()
    checks.that(bool(question), "asked", "Give the list that was checked, or download the list here first")
    strange = len(numbers - question) if question else 0
    words = f"The answer has {strange:,} numbers that were not asked about. Give the list that was checked"
    checks.that(not strange, "allowed", words)
    empty = "The answer is empty. If everybody asked about has opted out, say so below; else get the answer again"
    checks.that(bool(numbers) or everybody, "allowed", empty)
    checks.done()


def stopped(row: Any, config: dict[str, Any]) -> optout.Stop | None:
    """What the opt-out says of one row about to be de-identified; None where it does not apply or lets it go on."""
    if intake.is_phantom(row):
        return None  # it is nobody's
    consented = intake.opting_out.consented(row.enrolment)
    if not optout.applies(config.get("legal_basis", ""), row.site, consented=consented):
        return None
    return _looked_up(row.enrolment.person.nhs_number if row.enrolment else "")


def _looked_up(text: str) -> optout.Stop | None:
    """What the answer in force says of an NHS number; of one that is none, that nobody can be asked about it."""
    service = door.opt_outs()
    try:
        number = NhsNumber.parse(text)
    except ValueError:
        number = None
    verdict: optout.Verdict = "not_asked" if number is None else service.look_up(number)
    return optout.decide(
        nhs_number=number or "", sweep=service.sweep(), verdict=verdict, today=timezone.localdate(), days=most_days()
    )


def not_to_ask(research_study: str, patient_id: str) -> tuple[str, str] | None:
    """Why a PACS is not asked about a patient for a research study, as (cause, words); None where it may be.

    Under section 251 support in England nothing leaves before the answer about opt-outs is here, and is new enough.
    """
    study = intake.study(research_study)
    basis = ((study.accepted if study else None) or {}).get("legal_basis", "")
    sites = [str(site) for site in jobs.recall("sites", [])] or [""]
    if not any(optout.applies(basis, site) for site in sites):
        return None
    consented, text = intake.opting_out.number_of(research_study, patient_id)
    if consented:
        return None
    stop = _looked_up(text)
    if stop is None:
        return None
    return (stop.cause, stop.words) if stop.disposition == "held" else (stop.disposition, "The person opted out.")


def set_aside(row: Any) -> str:
    """Words for a scan that went on by the person's own consent where the opt-out would be looked up; else empty.

    It was not looked up, so nothing here tells whether the person also opted out.
    """
    study = intake.study(row.research_study)
    basis = ((study.accepted if study else None) or {}).get("legal_basis", "")
    if not optout.applies(basis, row.site) or not intake.opting_out.consented(row.enrolment):
        return ""
    given = formats.date(row.enrolment.consented_on)
    return f"The person's consent to this research study is recorded ({given}): the national opt-out does not apply."


def swept_at() -> datetime | None:
    """When the answer in force was given, for the national side: the day's beginning, Europe/London."""
    sweep = door.opt_outs().sweep()
    return timezone.make_aware(datetime.combine(sweep.answered_on, time())) if sweep else None
