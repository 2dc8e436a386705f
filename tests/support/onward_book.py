"""Destinations for tests of sending on elsewhere: one that takes, refuses, breaks or is not there, and two people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from isocentre.core.actor import Actor, Scope
from isocentre.core.ports import Handed, RecipientAway, SendResult
from isocentre.rooms.deid.onward import naming
from isocentre.rooms.deid.onward.rows import OnwardCopy, SendNode

MAY = frozenset({"onward_enter", "onward_confirm", "scans_recall", "held_view", "study_config_accept"})
ANN = Actor("person", "ann", "imaging_lead", Scope.everything(), MAY)
BEN = Actor("person", "ben", "dpo", Scope.everything(), MAY)


@dataclass
class Memory:
    """Implements `core.ports.Recipient` in memory."""

    held: dict[str, bytes] = field(default_factory=dict)
    calls: list[int] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    away: RecipientAway | None = None
    meanwhile: Callable[[], Any] = lambda: None
    dumb: bool = False

    def echo(self) -> None:
        if self.away is not None:
            raise self.away

    def store(self, objects: Sequence[Handed]) -> list[SendResult]:
        self.calls.append(len(objects))
        self.echo()
        taken = [one for one in objects if one.object_uid not in self.refuses]
        self.held |= {one.object_uid: one.path.read_bytes() for one in taken}
        self.meanwhile()
        refused = [SendResult(uid, False, 0xA700, why) for uid, why in self.refuses.items()]
        return [] if self.dumb else [SendResult(one.object_uid, True) for one in taken] + refused


def entered(by: Actor = ANN, slug: str = "own", days: int = 30, **changes: Any) -> SendNode:
    """A destination that waits for a second person."""
    typed = {"name": "Core lab", "way": "store", "host": "10.0.0.9", "called_ae": "CORELAB", "calling_ae": "ISOCENTRE",
             "approval": "REC 25/NW/0042", "reason": "Central reading"}  # fmt: skip
    until = changes.pop("until", timezone.localdate() + timedelta(days=days))
    return naming.enter(by=by, slug=slug, until=until, port=changes.pop("port", 104), servers=("Eastvale",),
                        **{**typed, **changes})  # fmt: skip


def confirmed(**changes: Any) -> SendNode:
    """A destination in force."""
    return naming.confirm(by=BEN, pk=entered(**changes).pk)


def asked_back(node: SendNode, row: Any) -> OnwardCopy:
    """A copy of a ledger row that is to be deleted at a destination."""
    now = timezone.now()
    return OnwardCopy.objects.create(
        node=node, place=node.place, research_study=row.research_study, site=row.site, study_uid=row.study_uid,
        row=row.pk, object_uid=row.object_uid, revision=0, sha256=row.sent_sha256, state="recall_asked",
        words="It was taken back.", queued_at=now, offered_at=now, sent_at=now, recall_at=now,
    )  # fmt: skip


def states() -> list[str]:
    """Of all copies, in order."""
    return list(OnwardCopy.objects.order_by("pk").values_list("state", flat=True))
