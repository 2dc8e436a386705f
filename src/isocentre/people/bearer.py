"""From a request's Authorization header to an Actor, and whether that actor still holds."""

from __future__ import annotations

import hashlib
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from isocentre.audit.rows import find
from isocentre.core import gateway_token
from isocentre.core.actor import ANY, Actor, Scope
from isocentre.people import acting, once
from isocentre.people.models import Gateway, RoleAssignment, Token

GATEWAY_PERMISSIONS = frozenset({"images_store", "receipts_post", "study_config_read"})
USE_SHOWN_EVERY = timedelta(minutes=1)


def actor_from_authorization(request: HttpRequest) -> Actor | None:
    """The actor of a bearer token, else of the session; None when neither holds (a bad token never falls back)."""
    header = request.headers.get("Authorization", "")
    if not header:
        return getattr(request, "actor", None)
    kind, _, value = header.partition(" ")
    if kind.lower() != "bearer" or not value:
        return None
    return _gateway(request, value.strip()) if value.startswith(gateway_token.PREFIX) else _person(value.strip())


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def still_valid(actor: Actor) -> bool:
    """True while what let the actor in still does (one query): token, gateway, or the person's role today.

    A stream asks again every 5 seconds, and stops when a token was revoked, a person left or a role ended.
    """
    today = timezone.localdate()
    in_force = Q(user__roles__role=actor.role)
    in_force &= Q(user__roles__starts=None) | Q(user__roles__starts__lte=today)
    in_force &= Q(user__roles__ends=None) | Q(user__roles__ends__gte=today)
    if actor.kind == "token":
        held = Token.objects.filter(
            pk=int(actor.name.rpartition("#")[2]), revoked_at=None, expires_at__gt=timezone.now(), user__is_active=True
        )
        return held.filter(in_force).exists()
    if actor.kind == "gateway":
        return Gateway.objects.filter(name=actor.name, revoked_at=None).exclude(public_key="").exists()
    if actor.kind == "person":
        roles_held = RoleAssignment.objects.filter(user__username=actor.name, user__is_active=True)
        return roles_held.filter(in_force).exists()
    return True


def body_fits(request: HttpRequest, body: bytes) -> bool:
    """True when a gateway's token was made for this body; True for every other kind of token."""
    told: str | None = getattr(request, "gateway_body", None)
    return told is None or told == gateway_token.fingerprint(body)


def _gateway(request: HttpRequest, token: str) -> Actor | None:
    """The gateway whose key signed this token for this very request, the first time it is brought."""
    try:
        claims = gateway_token.read(token)
        row = next(iter(find(Gateway, "name", [claims.gateway])), None)
        if row is None or row.revoked_at is not None or not row.public_key:
            return None
        now = time.time()
        gateway_token.verify(claims, bytes.fromhex(row.public_key), now, f"{request.method} {request.get_full_path()}")
    except gateway_token.BadToken:
        return None
    if not once.first_use(Path(settings.ZONE_HOME), token, claims.expires + gateway_token.SKEW, now):
        return None
    request.gateway_body = claims.body  # type: ignore[attr-defined]  # Django's request takes attributes
    if row.last_seen_at is None or timezone.now() - row.last_seen_at > USE_SHOWN_EVERY:
        Gateway.objects.filter(pk=row.pk).update(last_seen_at=timezone.now())
    sites = frozenset((ANY, site) for site in row.site.split(","))
    return Actor("gateway", row.name, "gateway", Scope(sites), GATEWAY_PERMISSIONS)


def _person(token: str) -> Actor | None:
    row = (
        Token.objects.select_related("user")
        .filter(digest=digest(token), revoked_at=None, expires_at__gt=timezone.now(), user__is_active=True)
        .first()
    )
    if row is None:
        return None
    if row.last_used_at is None or timezone.now() - row.last_used_at > USE_SHOWN_EVERY:
        Token.objects.filter(pk=row.pk).update(last_used_at=timezone.now())
    return acting.token_actor(row)
