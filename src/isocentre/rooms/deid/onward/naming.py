"""Commands about destinations: one person enters one, another confirms it; anybody of them ends it, at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.checks import Checks, NotFound, Unfit
from isocentre.jobs import wake
from isocentre.rooms.deid.onward.rows import OnwardCopy, SendNode
from isocentre.rooms.intake import door as intake

ENTER, CONFIRM = "onward_enter", "onward_confirm"
OWN = "You entered it yourself, so another person must confirm it"
GONE = "Somebody has decided about this destination already"
AE_TITLE = re.compile(r"[!-\[\]-~]{1,16}")  # PS3.5 table 6.2-1; spaces say nothing in it
HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:_-]{0,254}")
TEXTS = ("name", "way", "host", "called_ae", "calling_ae", "web", "approval", "reason")


def visible(by: Actor) -> QuerySet[SendNode]:
    """Destinations of research studies in the actor's scope."""
    return SendNode.objects.filter(research_study__in=intake.research_studies(by).values("slug"))


def in_force(of: str = "") -> Q:
    """Confirmed, and not over: the last day counts, Europe/London. `of`: where the destination is from what is asked,
    as `node__`."""
    return Q(**{f"{of}state": SendNode.CONFIRMED, f"{of}until__gte": timezone.localdate()})


def is_in_force(node: SendNode) -> bool:
    """As `in_force`, of one."""
    return node.state == SendNode.CONFIRMED and node.until >= timezone.localdate()


def enter(*, by: Actor, slug: str, until: date | None, port: int = 0, servers: Any = (), **typed: str) -> SendNode:
    """Enter a destination: nothing goes there before another person confirms it. Unfit with words by field.

    `typed`: the names of TEXTS. `servers`: names of the DICOMweb servers in the configuration.
    """
    intake.require(by, ENTER)
    said = {name: typed.get(name, "").strip() for name in TEXTS}
    _check(by, slug, said, until, port, servers)
    assert until is not None  # checked with the rest
    by_web = said["way"] == SendNode.STOW
    for name in ("host", "called_ae", "calling_ae") if by_web else ("web",):
        said[name] = ""
    place = f"web|{said['web']}" if by_web else f"dicom|{said['host'].casefold()}|{port}|{said['called_ae']}"
    with transaction.atomic():
        live = SendNode.objects.filter(research_study=slug, state__in=SendNode.OPEN)
        checks = Checks()
        checks.that(not live.filter(name=said["name"]).exists(), "name",
                    "A destination of this name is there already: end it first, or choose another name")  # fmt: skip
        other = live.filter(place=place).first()
        checks.that(other is None, "web" if by_web else "host",
                    f"That is where {other.name if other else ''} is: end that one first")  # fmt: skip
        checks.done()
        made = SendNode.objects.create(
            research_study=slug, until=until, port=0 if by_web else port, place=place, entered_by=by.person,
            entered_at=timezone.now(), **said,
        )  # fmt: skip
        _record(by, "node_entered", made, said["reason"])
    return made


def _check(by: Actor, slug: str, said: dict[str, str], until: date | None, port: int, servers: Any) -> None:
    checks = Checks()
    known = intake.research_studies(by).filter(slug=slug).exclude(accepted=None).exists()
    checks.that(known, "name", "This research study is not in force at this hospital: accept it first")
    checks.filled("name", said["name"], "Give it a name people know it by", most=64)
    checks.one_of("way", said["way"], (SendNode.STORE, SendNode.STOW), "Choose how copies are sent")
    if said["way"] == SendNode.STOW:
        checks.one_of("web", said["web"], servers, "Choose the DICOMweb server; the administrator adds it first")
    else:
        checks.form("host", said["host"], HOST, "Write its IP address, or its name in the network")
        checks.that(0 < port < 65536, "port", "Write a number from 1 to 65,535")
        for name in ("called_ae", "calling_ae"):
            checks.form(name, said[name], AE_TITLE, "An AE title has 1 to 16 characters, no space, no backslash")
    checks.filled("approval", said["approval"], "Give the reference of the approval that names it", most=120)
    checks.that(until is not None, "until", "Give the last day of the approval")
    checks.that(until is None or until >= timezone.localdate(), "until", "The approval is over already")
    checks.filled("reason", said["reason"], "Say why copies go there, in a few words", most=300)
    for name in ("name", "approval", "reason"):
        checks.nobody(name, said[name])
    checks.done()


def confirm(*, by: Actor, pk: int) -> SendNode:
    """The second person confirms it: from now on copies are sent there. Again by the same person: success.

    Unfit where they entered it themselves, its approval is over, or somebody was quicker. The database says so too.
    """
    with _changing(by, pk, CONFIRM) as node:
        if node.state == SendNode.CONFIRMED and node.confirmed_by == by.person:
            return node
        checks = Checks()
        checks.that(node.state == SendNode.ENTERED, "node", GONE)
        checks.that(node.entered_by != by.person, "node", OWN)
        checks.that(node.until >= timezone.localdate(), "node", "Its approval is over: enter it anew with another day")
        checks.done()
        node.state, node.confirmed_by, node.confirmed_at = SendNode.CONFIRMED, by.person, timezone.now()
        node.save(update_fields=["state", "confirmed_by", "confirmed_at"])
        # What waited for, or failed at, the same place under an approval that is over.
        left = OnwardCopy.objects.filter(place=node.place, research_study=node.research_study)
        left.filter(state__in=(OnwardCopy.WAITING, OnwardCopy.FAILED)).exclude(node=node).update(
            node=node, state=OnwardCopy.WAITING, words="", attempts=0, not_before=None
        )
        _record(by, "node_confirmed", node)
        transaction.on_commit(wake.wake)
    return node


def refuse(*, by: Actor, pk: int, reason: str) -> SendNode:
    """What was entered is refused by a second person, or taken back by who entered it, with a reason."""
    _reasoned(reason)
    with _changing(by, pk, ENTER, CONFIRM) as node:
        if node.state != SendNode.ENTERED:
            raise Unfit({"node": GONE})
        _over(by, node, SendNode.REFUSED, reason)
        _record(by, "node_refused", node, reason)
    return node


def end(*, by: Actor, pk: int, reason: str) -> SendNode:
    """End a destination at once, with a reason: nothing more goes there. What is there stays listed as a copy.

    One person does, as it only narrows. What is being handed over at this moment may still arrive.
    """
    _reasoned(reason)
    with _changing(by, pk, ENTER, CONFIRM) as node:
        if node.state == SendNode.ENDED:
            return node
        if node.state != SendNode.CONFIRMED:
            raise Unfit({"node": "It is not in force, so there is nothing to end"})
        _over(by, node, SendNode.ENDED, reason)
        waiting = node.copies.filter(state=OnwardCopy.WAITING)
        waiting.update(state=OnwardCopy.FAILED, words="The destination was ended before it was sent.")
        _record(by, "node_ended", node, reason)
    return node


def _over(by: Actor, node: SendNode, state: str, reason: str) -> None:
    node.state, node.ended_by, node.ended_at, node.ended_why = state, by.person, timezone.now(), reason.strip()
    node.save(update_fields=["state", "ended_by", "ended_at", "ended_why"])


def waiting_for(by: Actor) -> list[SendNode]:
    """Destinations that wait for this person to confirm them."""
    if not by.may(CONFIRM):
        return []
    return list(visible(by).filter(state=SendNode.ENTERED).exclude(entered_by=by.person).order_by("entered_at", "pk"))


@contextmanager
def _changing(by: Actor, pk: int, *permissions: str) -> Iterator[SendNode]:
    """The destination, locked; NotFound out of scope, PermissionDenied where the role does not do this."""
    if not any(by.may(one) for one in permissions):
        intake.require(by, permissions[0])
    with transaction.atomic():
        node = SendNode.objects.select_for_update().filter(pk__in=visible(by).filter(pk=pk).values("pk")).first()
        if node is None:
            raise NotFound("no such destination")
        yield node


def _reasoned(reason: str) -> None:
    checks = Checks()
    checks.filled("reason", reason, "Say why, in a few words", most=300)
    checks.nobody("reason", reason)
    checks.done()


def _record(by: Actor, action: str, node: SendNode, reason: str = "") -> None:
    detail = {"research_study": node.research_study, "destination": node.name, "approval": node.approval}
    if action == "node_entered":
        detail |= {"place": node.place, "until": node.until.isoformat()}
    audit.record(by=by, entries=[audit.Entry(action, "send_node", str(node.pk), detail, reason.strip())])
