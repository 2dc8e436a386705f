"""Senders: admitted by a person, by AE title and address."""

from __future__ import annotations

import ipaddress

from django.db import transaction

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.rooms.intake.models import Peer, RefusedPeer


def admit_peer(
    *, by: Actor, calling_ae: str, address: str, name: str, site: str = "", max_associations: int = 16
) -> Peer:  # fmt: skip
    """Admit a sender (AE title and address or network); its refusals are cleared. ValueError for a bad address."""
    ipaddress.ip_network(address, strict=False)
    with transaction.atomic():
        peer, made = Peer.objects.update_or_create(
            calling_ae=calling_ae, address=address,
            defaults={"name": name, "site": site, "max_associations": max_associations, "admitted": True},
        )  # fmt: skip
        RefusedPeer.objects.filter(calling_ae=calling_ae, address=address).delete()
        if made:
            audit.record(by=by, entries=[audit.Entry("sender_admitted", "sender", str(peer.pk), {"site": site})])
    return peer
