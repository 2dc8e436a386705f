"""Turns what is said of numbers into questions for a person here. Of people nobody enrolled nothing is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core import routing
from isocentre.core.actor import SYSTEM, Actor
from isocentre.core.hl7.notices import Kind, Notice, Number
from isocentre.rooms.intake.identities.rows import IdentityQuestion, PersonNumber
from isocentre.rooms.intake.models import Disposition, LedgerRow, Person

HELD = "identity_question"


def person_of(numbers: Sequence[Number]) -> Person | None:
    """The enrolled person one of these numbers leads to, by its value alone: other systems name issuers otherwise.

    Whether it is them is for the person who decides to see, by issuer and name.
    """
    values = [one.value for one in numbers]
    said = PersonNumber.objects.filter(value__in=values).select_related("person").first()
    if said is not None:
        return said.person
    wanted = Q(hospital_number__in=values) | Q(nhs_number__in=[one.replace(" ", "") for one in values if one])
    found = Person.objects.filter(wanted, enrolments__isnull=False).order_by("pk")
    return found.first()


def hear(
    notices: Iterable[Notice], *, source: str, told_by: str, control_id: str = "", by: Actor = SYSTEM
) -> list[IdentityQuestion]:
    """Ask about what concerns somebody enrolled here; the questions that are open now. Safe to repeat."""
    found = []
    for notice in notices:
        right, before = person_of(notice.right), person_of(notice.before)
        if right is None and before is None:
            continue
        # Two numbers that lead to one person already need no merge, and two that lead to two no unlink.
        same = right is not None and right == before
        if same if notice.kind is Kind.MERGE else (notice.kind is Kind.UNLINK and not same):
            continue
        question = IdentityQuestion(
            kind=notice.kind, source=source, event=notice.event, told_by=told_by, control_id=control_id,
            right=_plain(notice.right), before=_plain(notice.before), right_person=right, before_person=before,
        )  # fmt: skip
        kept = ask(question, by=by)
        if kept is not None:
            found.append(kept)
    return found


def ask(question: IdentityQuestion, *, by: Actor = SYSTEM, now: datetime | None = None) -> IdentityQuestion | None:
    """Keep a question once: the same that is open is only counted, one that was answered is not asked again by the
    same message (None then)."""
    question.digest = _digest(question)
    question.at = question.last_at = now or timezone.now()
    for _ in range(2):
        try:
            return _keep(question, by)
        except IntegrityError:  # another connection asked the same at the same moment
            question.pk = None
    raise RuntimeError("a question that is open already was not found")


def _keep(question: IdentityQuestion, by: Actor) -> IdentityQuestion | None:
    with transaction.atomic():
        again = Q(state=IdentityQuestion.OPEN)
        if question.control_id:
            again |= Q(control_id=question.control_id, told_by=question.told_by)
        before = IdentityQuestion.objects.filter(again, digest=question.digest).order_by("-pk").first()
        if before is not None:
            IdentityQuestion.objects.filter(pk=before.pk).update(seen=F("seen") + 1, last_at=question.at)
            return before if before.state == IdentityQuestion.OPEN else None
        question.save(force_insert=True)
        detail = {"kind": str(question.kind), "source": question.source, "images": hold(question)}
        audit.record(by=by, entries=[audit.Entry("identity_asked", "identity", str(question.pk), detail)])
    return question


def hold(question: IdentityQuestion) -> int:
    """Hold what waits of the people it is about; what a worker has in hand at this moment still goes."""
    people = [one for one in (question.right_person_id, question.before_person_id) if one is not None]
    if question.kind in IdentityQuestion.HOLD_NOTHING:
        return 0
    waiting = LedgerRow.objects.filter(
        enrolment__person__in=people, disposition=Disposition.PENDING, claimed_by="", attempts=0
    )
    return waiting.update(
        disposition=Disposition.HELD, cause=HELD, words=routing.ASKED, decided_at=question.at, not_before=None
    )


def _digest(question: IdentityQuestion) -> str:
    said = [str(question.kind), sorted(question.right), sorted(question.before), question.row]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _plain(numbers: Iterable[Number]) -> list[list[str]]:
    return [[one.value, one.issuer] for one in numbers]
