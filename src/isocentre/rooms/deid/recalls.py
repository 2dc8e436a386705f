"""Tells the national side what was taken back, until it says what it did about each image; no identifier in it."""

from __future__ import annotations

import re
from typing import Any

import structlog

from isocentre.core.deid import identity
from isocentre.core.ids import ObjectUid
from isocentre.core.ports import MessageRefused
from isocentre.core.records import EventRecall, MessageError, RecallNotice, Receipts, dump, parse_recall_answers
from isocentre.rooms.deid import door, messages
from isocentre.rooms.intake import door as intake

log = structlog.get_logger()
AT_ONCE = 500
_ENTRY = re.compile(r"recalls\[(\d+)\]")


def tell(worker: str) -> int:
    """Tell of images that were taken back, in a message of their own; returns how many the national side answered for.

    One it refuses is no object of this hospital as it sees it: that is its answer, and the others go. OSError when the
    national side is away: they wait.
    """
    waiting = _named(intake.recalling.to_tell(AT_ONCE))
    answered = 0
    while waiting:
        try:
            said = door.wall().post_receipts(dump(message(waiting)))
        except MessageRefused as refused:
            found = _ENTRY.search(refused.place)
            if found is None or int(found[1]) >= len(waiting):
                log.error("recalls_refused", place=refused.place)
                raise
            one = waiting.pop(int(found[1]))
            log.warning("recall_refused", key=one.pk)
            answered += intake.recalling.told([one.pk], {one.pk: one.REFUSED})
        else:
            return answered + intake.recalling.told([one.pk for one in waiting], _answers(waiting, said))
    return answered


def message(images: list[Any]) -> Receipts:
    """The `receipts` message of these: what is taken back by object UID, and, apart from it, events by random id."""
    events = dict.fromkeys((one.research_study, one.site, one.event_id) for one in images if one.event_id)
    return Receipts(
        gateway=messages.gateway_name(),
        recalls=tuple(
            RecallNotice(ObjectUid(one.object_uid), one.revision, one.research_study, one.site) for one in images
        ),
        recalled_events=tuple(EventRecall(*event) for event in sorted(events)),
    )


def _named(images: list[Any]) -> list[Any]:
    """With the object UID that each image has or would have got; without a key none can have left the hospital."""
    nameless = [one for one in images if not one.object_uid]
    names = {one.pk: _object_uid(one.research_study, one.sop_instance_uid) for one in nameless}
    if names:
        intake.recalling.name(names)
    for one in nameless:
        one.object_uid = names[one.pk]
    return [one for one in images if one.object_uid]


def _object_uid(research_study: str, sop_instance_uid: str) -> str:
    try:
        key = door.vault().study_key(research_study)
    except KeyError:
        return ""
    return str(identity.object_uid(key, sop_instance_uid.encode("ascii")))


def _answers(images: list[Any], said: dict[str, object]) -> dict[int, str]:
    try:
        outcomes = {(str(one.object_uid), one.revision): one.outcome for one in parse_recall_answers(said)}
    except MessageError as error:  # asked again: it names what is wrong, never a value
        log.error("recalls_not_understood", error=str(error))
        return {}
    found = {one.pk: outcomes.get((one.object_uid, one.revision)) for one in images}
    return {pk: outcome for pk, outcome in found.items() if outcome}
