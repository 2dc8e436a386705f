"""What this side itself needs of its administrators and auditors: processes, disk, test objects, proof."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from isocentre.core.actor import Actor
from isocentre.core.hooks import Figure, WorkItem
from isocentre.desk import facts
from isocentre.web import formats

VERIFIED = timedelta(days=7)
"""After so long without `isocentre verify` its last answer says little."""


@dataclass(frozen=True, slots=True)
class Verified:
    """The last run of `isocentre verify` on this side: when, and how many things were wrong."""

    at: datetime
    findings: int


def verified() -> Verified | None:
    """The last run; None when there was none."""
    told = facts.last_verified()
    return None if told is None else Verified(*told)


def worklist(actor: Actor) -> list[WorkItem]:
    """What fails or is about to, for those who look after this side or audit it."""
    if not _looks_after(actor):
        return []
    url = reverse("status")
    silent = [process for process in facts.processes() if process.state == "silent"]
    disk, state = facts.disk(), facts.readiness()
    items = [
        WorkItem(len(silent), f"{'process gives' if len(silent) == 1 else 'processes give'} no sign of life", url,
                 min((process.at for process in silent), default=None)),
        WorkItem(int(facts.is_low(disk)), f"data disk nearly full: {formats.filesize(disk['free'])} of "
                 f"{formats.filesize(disk['total'])} free", url),
        WorkItem(int(state.phase == "canary"), "test object is missing: none made the whole way in 11 minutes", url,
                 facts.canary_at()),
    ]  # fmt: skip
    return [item for item in [*items, *_proof(actor, url)] if item.count]


def _proof(actor: Actor, url: str) -> list[WorkItem]:
    last = verified()
    if last is not None and last.findings:
        words = f"{'thing' if last.findings == 1 else 'things'} found wrong by isocentre verify"
        return [WorkItem(last.findings, words, url, last.at)]
    if actor.may("audit_view") and (last is None or timezone.now() - last.at > VERIFIED):
        since = "never on this side" if last is None else f"not since {formats.date(last.at)}"
        return [WorkItem(1, f"audit trail to prove: isocentre verify was run {since}", url, last.at if last else None)]
    return []


def figures(actor: Actor) -> list[Figure]:
    """When rows, files and the audit chain were last proved."""
    if not _looks_after(actor):
        return []
    last = verified()
    if last is None:
        return [Figure("Never", "rows, files and audit chain verified", note="An administrator runs isocentre verify")]
    found = "nothing wrong" if not last.findings else f"{formats.plural(last.findings, 'thing')} wrong"
    return [Figure(formats.moment(last.at), "rows, files and audit chain verified", reverse("status"), found)]


def _looks_after(actor: Actor) -> bool:
    return actor.may("status_view") and (actor.may("people_manage") or actor.may("audit_view"))
