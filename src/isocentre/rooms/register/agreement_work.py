"""What of contribution agreements needs somebody now: to be confirmed, ending, or missing where scans could come."""

from __future__ import annotations

from django.urls import reverse

from isocentre.core.actor import Actor
from isocentre.core.hooks import WorkItem
from isocentre.rooms.register import agreement_words, agreements
from isocentre.rooms.register.agreements import CONFIRM, ENTER, AgreementRecord


def waiting(actor: Actor) -> list[WorkItem]:
    """For who may enter or confirm them: those entered by somebody else, those that end soon, those not in force."""
    if not actor.may(agreements.VIEW) or not (actor.may(ENTER) or actor.may(CONFIRM)):
        return []
    found = agreements.listed(by=actor)
    items = [_item(_to_confirm(actor, found), "waits", "wait", "for you to confirm as the second person", "waiting")]
    mine = [one for one in found if agreements.may(actor, ENTER, one)]
    ending = [one for one in mine if agreement_words.state_of(one.standing) == "ending" and one.waiting is None]
    items.append(_item(ending, "is", "are", "ending", "ending"))
    if agreements.required():
        without = [one for one in mine if not one.standing.in_force and one.waiting is None]
        items.append(_item(without, "is", "are", "not in force: nothing is sent on from there", "not"))
    return [item for item in items if item.count]


def _to_confirm(actor: Actor, found: list[AgreementRecord]) -> list[AgreementRecord]:
    return [
        one
        for one in found
        if one.waiting is not None and one.waiting.entered_by != actor.person and agreements.may(actor, CONFIRM, one)
    ]


def _item(found: list[AgreementRecord], verb: str, verbs: str, words: str, state: str) -> WorkItem:
    some = f"contribution agreement{'' if len(found) == 1 else 's'} {verb if len(found) == 1 else verbs}"
    return WorkItem(len(found), f"{some} {words}", f"{reverse('agreements:all')}?state={state}")
