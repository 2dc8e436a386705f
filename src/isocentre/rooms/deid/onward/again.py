"""Copies that were not sent, tried again because a person says so."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.checks import NotFound, Unfit
from isocentre.jobs import wake
from isocentre.rooms.deid.onward import asking_back, naming
from isocentre.rooms.deid.onward.rows import OnwardCopy, SendNode
from isocentre.rooms.intake import door as intake


def failed(by: Actor, node: SendNode) -> QuerySet[OnwardCopy]:
    """Copies in the actor's scope that were not sent to a destination, also those that nobody need try again."""
    return asking_back.visible(by).filter(node=node, state__in=(OnwardCopy.FAILED, OnwardCopy.DROPPED))


def try_again(*, by: Actor, pk: int) -> int:
    """Queue them again; each is held against every rule again before it goes. How many; Unfit where none may go."""
    if not by.may(naming.CONFIRM):
        intake.require(by, naming.ENTER)
    with transaction.atomic():
        node = naming.visible(by).filter(pk=pk).first()
        if node is None:
            raise NotFound("no such destination")
        if not naming.is_in_force(node):
            raise Unfit({"node": "It is not in force, so nothing can be sent there"})
        count = failed(by, node).update(state=OnwardCopy.WAITING, words="", attempts=0, not_before=None, last_error="")
        if count:
            detail = {"images": count, "destination": node.name}
            audit.record(by=by, entries=[audit.Entry("copies_again", "send_node", str(pk), detail)])
            transaction.on_commit(wake.wake)
    return count
