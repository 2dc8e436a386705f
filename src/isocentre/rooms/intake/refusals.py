"""What admitted senders and imports were refused: counted, so that a person sees what never reached the ledger.

Bounded: one row for each sender, titles, address and cause; a sender that comes with ever new titles or addresses gets
one more row for all the others. Nothing of the object itself is kept, for it may name anybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, Min, QuerySet, Sum
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import SYSTEM, Actor
from isocentre.core.ports import TOO_MANY
from isocentre.rooms.intake import viewing
from isocentre.rooms.intake.models import Refusal

MOST = 20
"""Rows of one sender and cause; further titles and addresses are counted together, without being named."""
OTHERS = ""
IMPORT = "import"
_AGAIN = "Ask for it to be mended where it was made, and sent again."
_SENDER = "Ask who looks after the sender: it breaks the DICOM standard."
_NETWORK = "Send it again; look at the network if it happens again."
CAUSES = {
    "no_study_uid": ("No Study Instance UID (0020,000D)", _AGAIN),
    "bad_study_uid": ("Study Instance UID (0020,000D) is not a UID", _AGAIN),
    "no_series_uid": ("No Series Instance UID (0020,000E)", _AGAIN),
    "bad_series_uid": ("Series Instance UID (0020,000E) is not a UID", _AGAIN),
    "no_instance_uid": ("No SOP Instance UID (0008,0018)", _AGAIN),
    "bad_instance_uid": ("SOP Instance UID (0008,0018) is not a UID", _AGAIN),
    "no_class_uid": ("No SOP Class UID (0008,0016)", _AGAIN),
    "bad_class_uid": ("SOP Class UID (0008,0016) is not a UID", _AGAIN),
    "uid_differs": ("SOP Class or Instance UID is another than the sender announced", _SENDER),
    "unreadable": ("Cannot be read as DICOM to its end", "Send it again from where it is whole."),
    "not_dicom": ("Not a DICOM file", "Take it out of the folder, or ask for it as DICOM."),
    "empty": ("Empty file", "Ask for it again."),
    "announced_no_uid": ("Announced without SOP Class or Instance UID", _SENDER),
    "announced_bad_uid": ("Announced under a SOP Instance UID that is not a UID", _SENDER),
    "other_class": ("Announced as another SOP class than was agreed for the connection", _SENDER),
    "no_data": ("Announced, and no data set came", _SENDER),
    "broken_off": (
        "Connection ended before the whole object had come",
        _NETWORK,
    ),
    "recalled": (
        "Taken back here as of the wrong patient, and sent again as it was",
        "Have the picture archive put the patient right, and send it then: it is taken in once.",
    ),
    "no_room": ("No room on the disk here", "Make room, then send it again."),
    "too_long": ("Longer than is taken here", "Tell the administrator: over 32 GB in one object."),
    "failed": (
        "Could not be kept here",
        "Send it again; tell the administrator if it happens again.",
    ),
}


def cause(key: str) -> tuple[str, str]:
    """The cause in words, and what to do."""
    return CAUSES.get(key) or (key.replace("_", " ").capitalize(), _AGAIN)


@dataclass(frozen=True, slots=True)
class Refused:
    """One object refused: by whom it came and why. `words` of the last one are kept: they quote no value."""

    peer: str
    calling_ae: str
    called_ae: str
    address: str
    cause: str
    words: str


@dataclass(frozen=True, slots=True)
class Told:
    """Objects refused since the list was last cleared, and when the first and the last of them came."""

    objects: int
    first_at: datetime | None
    last_at: datetime | None


def record(items: list[Refused]) -> list[None]:
    """Count a batch, inside the caller's transaction; one None an item."""
    now = timezone.now()
    tally = Counter((i.peer, i.calling_ae, i.called_ae, i.address, i.cause) for i in items)
    words = {(i.peer, i.calling_ae, i.called_ae, i.address, i.cause): i.words for i in items}
    entries = []
    for key in sorted(tally):
        row = _row(*key, now)
        said = words[key][:200]
        Refusal.objects.filter(pk=row.pk).update(
            objects_refused=F("objects_refused") + tally[key], last_at=now, words=said
        )
        entries.append((audit.Entry("object_refused", "refusal", str(row.pk), {"cause": key[-1]}), tally[key]))
    connections = [(replace(e, action="connection_refused"), n) for e, n in entries if e.detail["cause"] == TOO_MANY]
    audit.record_counted(by=SYSTEM, entries=connections, counts="attempts")
    of_objects = [(e, n) for e, n in entries if e.detail["cause"] != TOO_MANY]
    audit.record_counted(by=SYSTEM, entries=of_objects, counts="objects")
    return [None] * len(items)


def _row(peer: str, calling_ae: str, called_ae: str, address: str, key: str, now: datetime) -> Refusal:
    who = {"peer": peer[:64], "calling_ae": calling_ae, "called_ae": called_ae, "address": address, "cause": key}
    known = Refusal.objects.filter(**who).first()
    if known is not None:
        return known
    if Refusal.objects.filter(peer=who["peer"], cause=key).count() >= MOST:
        who |= {"calling_ae": OTHERS, "called_ae": OTHERS, "address": OTHERS}
    row, _ = Refusal.objects.get_or_create(**who, defaults={"first_at": now, "last_at": now})
    return row


def objects() -> QuerySet[Refusal]:
    """Refusals of objects."""
    return Refusal.objects.exclude(cause=TOO_MANY)  # of an association: shown with the sender


def told() -> Told:
    """What is on the list."""
    found = objects().aggregate(n=Sum("objects_refused"), first=Min("first_at"), last=Max("last_at"))
    return Told(found["n"] or 0, found["first"], found["last"])


def clear(*, by: Actor, ids: Iterable[int]) -> int:
    """Take these off the list; one that happens again is listed again. Returns how many were there."""
    viewing.require(by, "peers_manage")
    with transaction.atomic():
        gone = list(Refusal.objects.select_for_update().filter(pk__in=list(ids)))
        Refusal.objects.filter(pk__in=[row.pk for row in gone]).delete()
        audit.record(by=by, entries=[_cleared(row) for row in gone])
    return len(gone)


def _cleared(row: Refusal) -> audit.Entry:
    detail = {"cause": row.cause, "objects": row.objects_refused}
    return audit.Entry("object_refusal_cleared", "refusal", str(row.pk), detail)
