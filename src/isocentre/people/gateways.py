"""The national side's book of gateways: invite (single-use code), join (public key), revoke."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import transaction
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import SYSTEM, Actor
from isocentre.core.checks import Checks
from isocentre.people.bearer import digest
from isocentre.people.models import Gateway

CODE_LIFETIME = timedelta(hours=24)
NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,62}")
SITE = re.compile(r"[A-Z0-9]{3,12}(,[A-Z0-9]{3,12}){0,15}")


class CannotJoin(ValueError):
    """The code is unknown, used or too old, or the key is not an Ed25519 public key."""


def listed() -> list[Gateway]:
    """Every gateway, by name."""
    return list(Gateway.objects.order_by("name"))


def state(gateway: Gateway) -> str:
    """`revoked`, `joined`, `invited` or `invite ended`."""
    if gateway.revoked_at is not None:
        return "revoked"
    if gateway.public_key:
        return "joined"
    waiting = gateway.invite_expires_at is not None and gateway.invite_expires_at > timezone.now()
    return "invited" if waiting else "invite ended"


def invite(*, by: Actor, name: str, site: str) -> str:
    """A single-use code, valid 24 hours; a known name of the same site is invited again and may join with a new key.

    Until the new code is used, whatever held before holds. Unfit when name or site cannot be.
    """
    checks = Checks()
    checks.form("name", name, NAME, "Use small letters, figures and dashes, like northmoor")
    checks.nobody("name", name)
    checks.nobody("site", site)
    checks.form("site", site, SITE, "Choose the sites it serves, by ODS code like RZN01")
    code = secrets.token_urlsafe(24)
    with transaction.atomic():
        known = Gateway.objects.select_for_update().filter(name=name).first()
        checks.that(known is None or _codes(known.site) == _codes(site), "name", "Another site's gateway has this name")
        checks.done()
        Gateway.objects.update_or_create(
            name=name,
            defaults={
                "site": site,
                "invite_digest": digest(code),
                "invite_expires_at": timezone.now() + CODE_LIFETIME,
            },
        )
        audit.record(by=by, entries=[audit.Entry("gateway_invited", "gateway", name, {"site": site})])
    return code


def _codes(site: str) -> set[str]:
    return set(site.split(","))


def join(*, code: str, public_key: str) -> Gateway:
    """Use a code once and keep the public key (raw 32 bytes, hex); CannotJoin otherwise."""
    _check(public_key)
    if not code:
        raise CannotJoin("the code is unknown, used or older than 24 hours")
    now = timezone.now()
    with transaction.atomic():
        waiting = Gateway.objects.filter(invite_digest=digest(code), invite_expires_at__gt=now)
        found = waiting.select_for_update().first()
        # One UPDATE that asks again decides: two who use the same code at once cannot both win.
        if found is None or not waiting.filter(pk=found.pk).update(
            public_key=public_key.lower(), joined_at=now, invite_digest="", invite_expires_at=None, revoked_at=None
        ):
            raise CannotJoin("the code is unknown, used or older than 24 hours")
        by = Actor("gateway", found.name)
        audit.record(by=by, entries=[audit.Entry("gateway_joined", "gateway", found.name, {"site": found.site})])
    found.refresh_from_db()
    return found


def ensure_local(name: str, site: str, public_key: bytes) -> Gateway:
    """Both halves for a gateway on this machine, done by `up`; safe to repeat. A revoked one stays revoked."""
    key = public_key.hex()
    _check(key)
    with transaction.atomic():
        known = Gateway.objects.select_for_update().filter(name=name).first()
        if known is not None and (known.public_key, known.site) == (key, site):
            return known
        found, _ = Gateway.objects.update_or_create(
            name=name, defaults={"site": site, "public_key": key, "joined_at": timezone.now()}
        )
        audit.record(by=SYSTEM, entries=[audit.Entry("gateway_joined", "gateway", name, {"site": site})])
    return found


def revoke(*, by: Actor, name: str, reason: str = "") -> None:
    """End a gateway's way in at once, and any invite; KeyError when there is none of that name. Safe to repeat."""
    with transaction.atomic():
        changed = Gateway.objects.filter(name=name, revoked_at=None).update(
            revoked_at=timezone.now(), invite_digest="", invite_expires_at=None
        )
        if changed:
            audit.record(by=by, entries=[audit.Entry("gateway_revoked", "gateway", name, reason=reason)])
        elif not Gateway.objects.filter(name=name).exists():
            raise KeyError(name)


def _check(public_key: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    except ValueError:
        raise CannotJoin("the public key is not 32 bytes of Ed25519 in hex") from None
