"""What a person decides about a finding: redact there, allow always, leave the scan out, reject it; with a reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.checks import Checks, Unfit
from isocentre.core.deid import reviewed
from isocentre.core.deid.reviewed import Alike, Kind
from isocentre.rooms.deid import findings, ruling
from isocentre.rooms.deid.models import Finding, FindingImage, Rule
from isocentre.rooms.intake import door as intake
from isocentre.web import names

DECISIONS = ("redact", "allow", "leave_out", "reject")
HELD_KINDS = ("ultrasound", "secondary_capture", "burned_in")
"""Causes by which the profile holds a whole kind: a rule must let it pass once it is clean, which widens."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks for: the decision, boxes (pictures), for all like it or this scan alone, and why."""

    decision: str
    reason: str
    boxes: tuple[tuple[int, ...], ...] = ()
    only_scan: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """Rules that were made, and images that were left out or rejected."""

    rules: tuple[Rule, ...] = ()
    images: int = 0


def decide(*, by: Actor, pk: int, asked: Asked) -> Decided:
    """Carry out a decision about one open finding; Unfit with words when it cannot be, or somebody was first."""
    one = findings.visible(by).filter(pk=pk).first()
    if one is None:
        raise LookupError("no such finding")
    checks = Checks()
    checks.one_of("decision", asked.decision, DECISIONS, "Choose what to do")
    checks.filled("reason", asked.reason, "Say why, in a few words", most=300)
    row = findings.rows_of(one).first() if one.cause != findings.TEXT else None
    checks.that(one.cause == findings.TEXT or row is not None, "decision", "Nothing of it is held any more")
    stops = asked.decision in ("leave_out", "reject")
    checks.that(stops or one.what == "picture" or bool(one.phrase), "decision", "Its place is not known: leave it out")
    kept = asked.decision == "redact" and one.cause == "second_check"
    checks.that(not kept, "decision", "What the profile keeps uncleaned cannot be redacted here: leave it out")
    known = findings.known_of(row) if row is not None else ()
    checks.nobody("reason", asked.reason, known=known)
    checks.done()
    if stops:
        return _stopped(by, one, row, asked)
    return _ruled(by, one, asked, known)


def rules_for(one: Finding, asked: Asked) -> list[reviewed.Rule]:
    """The rules that a decision about a finding makes; Unfit when its boxes are none, or lie outside the picture."""
    scan = one.study_uid if asked.only_scan else ""
    if one.what == "header":
        kind: Kind = "keep" if asked.decision == "allow" else "drop"
        return [reviewed.Rule(kind, asked.reason, tag=one.tag, phrase=one.phrase)]
    like = Alike(one.sop_class, one.manufacturer, one.model, one.rows, one.columns)
    held_kind = one.cause in HELD_KINDS
    try:
        boxes = reviewed.boxes(asked.boxes, like, least=not (held_kind and asked.decision == "redact"))
    except ValueError:
        words = f"Give at least one box inside the picture ({one.columns} × {one.rows} pixels), right of its left edge "
        raise Unfit({"boxes": f"{words}and below its top, and at most {reviewed.MOST_BOXES}"}) from None
    if asked.decision == "redact":
        return [reviewed.Rule("clean" if held_kind else "black", asked.reason, like=like, boxes=boxes, scan=scan)]
    allowed = reviewed.Rule("allow", asked.reason, like=like, boxes=boxes, scan=scan)
    passed = [reviewed.Rule("clean", asked.reason, like=like, scan=scan)] if held_kind else []
    return [allowed, *passed]


def _ruled(by: Actor, one: Finding, asked: Asked, known: Iterable[str]) -> Decided:
    wanted = rules_for(one, asked)
    with transaction.atomic():
        _taken(by, one, asked)
        made = [ruling.make(by=by, rule=rule, known=known) for rule in wanted if _needed(rule, len(wanted))]
        Finding.objects.filter(pk=one.pk).update(rule=made[0] if made else None)
    return Decided(tuple(made))


def _needed(rule: reviewed.Rule, wanted: int) -> bool:
    """Of two rules, the one that lets a kind pass is not needed where it is in force or waits already."""
    there = Rule.objects.filter(code=rule.code, state__in=ruling.OPEN).exists()
    return not (wanted > 1 and rule.kind == "clean" and there)


def _taken(by: Actor, one: Finding, asked: Asked) -> None:
    """Note the decision; Unfit when somebody else was first."""
    values: dict[str, Any] = {
        "state": "decided", "decision": asked.decision, "reason": asked.reason, "decided_by": by.name,
        "decided_at": timezone.now(),
    }  # fmt: skip
    if not Finding.objects.filter(pk=one.pk, state="open").update(**values):
        now = Finding.objects.get(pk=one.pk)
        who = names.person(now.decided_by)
        words = f"{who} has decided about it already" if who else "It has been decided already, or is gone"
        raise Unfit({"decision": words})
    detail = {"cause": one.cause, "decision": asked.decision}
    audit.record(by=by, entries=[audit.Entry("finding_decided", "finding", str(one.pk), detail, asked.reason)])


def _stopped(by: Actor, one: Finding, row: Any, asked: Asked) -> Decided:
    """The whole scan, as far as it is held for this cause, is left out or rejected: as on the page of held scans."""
    if row is None:
        raise Unfit({"decision": "This is not about a held scan: allow the text, or have it removed"})
    act = {"leave_out": intake.leave_out, "reject": intake.reject}[asked.decision]
    with transaction.atomic():
        _taken(by, one, asked)
        done = act(by=by, keys=[row.pk], cause=one.cause, reason=asked.reason)
        FindingImage.objects.filter(finding=one).delete()
    return Decided(images=sum(done.images.values()))
