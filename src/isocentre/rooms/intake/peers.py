"""Senders: admitted by a person, by AE title and address."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import SYSTEM, Actor
from isocentre.core.checks import Checks
from isocentre.rooms.intake import viewing
from isocentre.rooms.intake.models import Peer, RefusedPeer

PER_ADDRESS, UNKNOWN = 20, 1_000
"""Unknown senders listed, of one address and together: a newer one takes the oldest one's place."""


def note_unknown(*, calling_ae: str, called_ae: str, address: str, reason: str) -> None:
    """Count an attempt of a sender that is not admitted; one that tries title after title does not fill the list."""
    with transaction.atomic():
        named = {"calling_ae": calling_ae, "called_ae": called_ae, "address": address}
        if not RefusedPeer.objects.filter(**named).exists():
            for most, listed in (
                (PER_ADDRESS, RefusedPeer.objects.filter(address=address)), (UNKNOWN, RefusedPeer.objects.all()),
            ):  # fmt: skip
                over = listed.order_by("-last_at", "-pk").values_list("pk", flat=True)[most - 1 :]
                RefusedPeer.objects.filter(pk__in=list(over)).delete()
        row, _ = RefusedPeer.objects.get_or_create(**named, defaults={"reason": reason, "last_at": timezone.now()})
        row.count, row.last_at = row.count + 1, timezone.now()
        row.save()
        refused = audit.Entry("sender_refused", "refused_sender", str(row.pk))
        audit.record_counted(by=SYSTEM, entries=[(refused, 1)], counts="attempts")


def admit_peer(
    *, by: Actor, calling_ae: str, address: str, name: str, site: str = "", max_associations: int = 16,
    idle_seconds: int = 60,
) -> Peer:  # fmt: skip
    """Admit a sender (AE title and address or network); its refusals are cleared. ValueError for a bad address."""
    ipaddress.ip_network(address, strict=False)
    with transaction.atomic():
        again = Peer.objects.filter(calling_ae=calling_ae, address=address, admitted=True).first()
        wanted = {"name": name, "site": site, "max_associations": max_associations, "idle_seconds": idle_seconds}
        peer, _ = Peer.objects.update_or_create(
            calling_ae=calling_ae, address=address, defaults={**wanted, "admitted": True}
        )
        RefusedPeer.objects.filter(calling_ae=calling_ae, address=address).delete()
        changed = {key: value for key, value in wanted.items() if again and getattr(again, key) != value}
        if not again:
            audit.record(by=by, entries=[audit.Entry("sender_admitted", "sender", str(peer.pk), {"site": site})])
        elif changed:
            audit.record(by=by, entries=[audit.Entry("sender_changed", "sender", str(peer.pk), changed)])
    return peer


def withdraw_peers(*, by: Actor, ids: Iterable[int], reason: str) -> int:
    """Admit these senders no longer: their next association is refused; returns how many were admitted until now."""
    viewing.require(by, "peers_manage")
    checks = Checks()
    checks.filled("reason", reason, "Say why, in a few words", most=300)
    checks.nobody("reason", reason)
    checks.done()
    with transaction.atomic():
        found = Peer.objects.select_for_update().filter(pk__in=list(ids), admitted=True)
        gone = list(found.values_list("pk", flat=True))
        Peer.objects.filter(pk__in=gone).update(admitted=False)
        entries = [audit.Entry("sender_withdrawn", "sender", str(pk), reason=reason) for pk in gone]
        audit.record(by=by, entries=entries)
    return len(gone)


def clear_refused(*, by: Actor, ids: Iterable[int]) -> int:
    """Take refused senders off the list; one that tries again is listed again. Returns how many were there."""
    viewing.require(by, "peers_manage")
    with transaction.atomic():
        gone = list(RefusedPeer.objects.filter(pk__in=list(ids)).values_list("pk", flat=True))
        RefusedPeer.objects.filter(pk__in=gone).delete()
        audit.record(by=by, entries=[audit.Entry("refusal_cleared", "refused_sender", str(pk)) for pk in gone])
    return len(gone)
