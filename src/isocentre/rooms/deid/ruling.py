"""Rules of the review loop: made, confirmed by a second person where they widen, retired, counted (ADR 0033)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, replace
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Max, QuerySet
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.checks import Checks, Unfit
from isocentre.core.deid import reviewed
from isocentre.core.deid.reviewed import NOTHING, Alike, Reviewed
from isocentre.jobs import wake
from isocentre.rooms.deid.models import Finding, Rule, RuleUse
from isocentre.rooms.intake import door as intake

MAKE, CONFIRM = "rules_make", "rules_confirm"
LIVE = ("in_force", "retiring")
OPEN = ("waiting", *LIVE)
REOPENED: dict[str, Any] = {
    "state": "open", "decision": "", "reason": "", "decided_by": "", "decided_at": None, "rule": None,
}  # fmt: skip
_known: list[tuple[Any, Reviewed]] = []


def in_force() -> Reviewed:
    """The rules in force; read anew only when one was changed."""
    live = Rule.objects.filter(state__in=LIVE)
    now = live.aggregate(at=Max("changed_at"), count=Count("pk"), last=Max("pk"))
    stamp = (connection.settings_dict["NAME"], now["at"], now["count"], now["last"])
    if not now["count"]:
        return NOTHING
    if not _known or _known[0][0] != stamp:
        _known[:] = [(stamp, Reviewed(plain(one) for one in live.order_by("code")))]
    return _known[0][1]


def plain(one: Rule) -> reviewed.Rule:
    """A rule as the engine knows it."""
    like = Alike(one.sop_class, one.manufacturer, one.model, one.rows, one.columns) if one.sop_class else None
    kind: Any = one.kind
    boxes = tuple((int(a), int(b), int(c), int(d)) for a, b, c, d in one.boxes)
    return reviewed.Rule(kind, one.reason, one.version, like, boxes, one.tag, one.phrase, one.scan)


def digest(about: Alike | tuple[int, str]) -> str:
    """What findings and rules that are about the same have in common."""
    parts: list[Any] = list(about) if isinstance(about, tuple) else [*astuple(about)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def make(*, by: Actor, rule: reviewed.Rule, known: Iterable[str] = (), imported: bool = False) -> Rule:
    """Keep a rule: in force when it narrows and was made here, else waiting for a second person.

    A later rule of the same name is its next version, with the boxes of the one in force. Unfit with words by field.
    `known`: what is known of the patient of the finding: no reason may name them. For a caller's transaction.
    """
    intake.require(by, MAKE)
    checks = Checks()
    checks.filled("reason", rule.reason, "Say why, in a few words", most=300)
    checks.nobody("reason", rule.reason, known=known)
    checks.that(rule.like is None or rule.like.named or not rule.widens or bool(rule.scan), "scope",
                "The picture names no maker and model, so nothing can be alike: choose this scan alone")  # fmt: skip
    checks.done()
    older = list(Rule.objects.select_for_update().filter(code=rule.code))
    if any(one.state == "waiting" for one in older):
        raise Unfit({"decision": "The same rule waits for a second person already: see under Rules."})
    live = next((one for one in older if one.state in LIVE), None)
    if live is not None and not set(rule.boxes) - set(plain(live).boxes):
        raise Unfit({"decision": f"Rule {live.code} version {live.version} says that already, and is in force."})
    boxes = tuple(sorted({*rule.boxes, *(plain(live).boxes if live else ())}))
    version = max((one.version for one in older), default=0) + 1
    waits = rule.widens or imported
    made = _kept(by, replace(rule, boxes=boxes, version=version), "waiting" if waits else "in_force", imported)
    if waits:
        made.save()
    else:
        _in_force(made, live)
    audit.record(by=by, entries=[_entry("rule_imported" if imported else "rule_made", made, rule.reason)])
    return made


def _kept(by: Actor, rule: reviewed.Rule, state: str, imported: bool) -> Rule:
    like, now = rule.like or Alike("", "", "", 0, 0), timezone.now()
    return Rule(
        code=rule.code, version=rule.version, kind=rule.kind, like=digest(rule.like or (rule.tag, rule.phrase)),
        sop_class=like.sop_class, manufacturer=like.manufacturer, model=like.model, rows=like.rows,
        columns=like.columns, boxes=[list(box) for box in rule.boxes], tag=rule.tag, phrase=rule.phrase,
        scan=rule.scan, reason=rule.reason, state=state, imported=imported, made_by=by.name, made_at=now,
        changed_at=now,
    )  # fmt: skip


def _in_force(rule: Rule, live: Rule | None) -> None:
    """Put a rule in force in place of the version that was; held scans like it are run again by a worker."""
    now = timezone.now()
    if live is not None:
        Rule.objects.filter(pk=live.pk).update(state="superseded", changed_at=now, rerun="")
    rule.state, rule.changed_at, rule.rerun = "in_force", now, "waiting"
    rule.save()
    transaction.on_commit(wake.wake)


def _entry(action: str, rule: Rule, reason: str = "") -> audit.Entry:
    return audit.Entry(action, "rule", f"{rule.code} v{rule.version}", {"kind": rule.kind}, reason)


def _asked(by: Actor, pk: int, states: Sequence[str]) -> Rule:
    """The rule, locked, in one of these states; Unfit when somebody else was first."""
    one = Rule.objects.select_for_update().filter(pk=pk).first()
    if one is None or one.state not in states:
        raise Unfit({"rule": "Somebody has decided about this rule already, or it is not there any more."})
    return one


def _second(by: Actor, first: str) -> None:
    if by.same_person(first):
        raise Unfit({"rule": "You asked for this yourself: a second person confirms it."})


def confirm(*, by: Actor, pk: int) -> Rule:
    """A second person accepts what waits: a new rule is put in force, or the retiring of a rule carried out."""
    intake.require(by, CONFIRM)
    with transaction.atomic():
        one = _asked(by, pk, ("waiting", "retiring"))
        now = timezone.now()
        if one.state == "retiring":
            _second(by, one.asked_by)
            one.state, one.ended_by, one.ended_at, one.changed_at = "retired", by.name, now, now
            one.save()
            audit.record(by=by, entries=[_entry("rule_retired", one, one.ended_why)])
            return one
        _second(by, one.made_by)
        live = Rule.objects.select_for_update().filter(code=one.code, state__in=LIVE).first()
        one.confirmed_by, one.confirmed_at = by.name, now
        _in_force(one, live)
        audit.record(by=by, entries=[_entry("rule_confirmed", one)])
    return one


def refuse(*, by: Actor, pk: int, reason: str) -> Rule:
    """What waits is refused, with a reason: a new rule never comes into force, a retiring one stays in force.

    Whoever asked may take it back as well.
    """
    _reasoned(by, CONFIRM if _others(by, pk) else MAKE, reason)
    with transaction.atomic():
        one = _asked(by, pk, ("waiting", "retiring"))
        now = timezone.now()
        if one.state == "retiring":
            one.state, one.asked_by, one.ended_why = "in_force", "", ""
        else:
            one.state, one.ended_by, one.ended_at, one.ended_why = "refused", by.name, now, reason
            Finding.objects.filter(rule=one, state="decided").update(**REOPENED)
        one.changed_at = now
        one.save()
        audit.record(by=by, entries=[_entry("rule_refused", one, reason)])
    return one


def _others(by: Actor, pk: int) -> bool:
    """Whether somebody else asked for what waits."""
    one = Rule.objects.filter(pk=pk).first()
    return one is not None and not any(map(by.same_person, (one.made_by, one.asked_by)))


def retire(*, by: Actor, pk: int, reason: str) -> Rule:
    """End a rule: at once when less passes without it, else once a second person confirms it."""
    _reasoned(by, MAKE, reason)
    with transaction.atomic():
        one = _asked(by, pk, ("in_force",))
        now = timezone.now()
        one.ended_why, one.changed_at = reason, now
        if plain(one).widens:
            one.state, one.ended_by, one.ended_at = "retired", by.name, now
        else:
            one.state, one.asked_by = "retiring", by.name
        one.save()
        audit.record(by=by, entries=[_entry("rule_retired" if plain(one).widens else "rule_retiring", one, reason)])
    return one


def _reasoned(by: Actor, permission: str, reason: str) -> None:
    intake.require(by, permission)
    checks = Checks()
    checks.filled("reason", reason, "Say why, in a few words", most=300)
    checks.nobody("reason", reason)
    checks.done()


def waiting() -> QuerySet[Rule]:
    """What waits for a second person."""
    return Rule.objects.filter(state__in=("waiting", "retiring"))


def widening() -> QuerySet[Rule]:
    """Rules in force by which more passes than before."""
    return Rule.objects.filter(kind__in=reviewed.WIDENING, state__in=LIVE)


def count_uses(used: Iterable[tuple[int, Iterable[str]]]) -> int:
    """Count that rules (by name) had a part in what was made of ledger rows; each pair once. Safe to repeat."""
    pairs = [(row, name) for row, names in used for name in names]
    if not pairs:
        return 0
    rules = {f"{one.code} v{one.version}": one.pk for one in Rule.objects.filter(
        code__in={name.partition(" ")[0] for _, name in pairs})}  # fmt: skip
    with transaction.atomic():
        made = [RuleUse(rule_id=rules[name], row=row) for row, name in pairs if name in rules]
        known = set(RuleUse.objects.filter(row__in={one.row for one in made}).values_list("rule_id", "row"))
        fresh = {(one.rule_id, one.row): one for one in made if (one.rule_id, one.row) not in known}
        RuleUse.objects.bulk_create(fresh.values(), ignore_conflicts=True)
        for pk in {pk for pk, _ in fresh}:
            count = sum(rule == pk for rule, _ in fresh)
            Rule.objects.filter(pk=pk).update(uses=F("uses") + count, used_at=timezone.now())
    return len(fresh)
