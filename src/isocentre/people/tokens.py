"""Bearer tokens of people: make (shown once), list, revoke. Only a token's SHA-256 is kept."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import Actor, Scope
from isocentre.core.checks import Checks
from isocentre.people import acting
from isocentre.people.bearer import digest
from isocentre.people.granting import GRANTS
from isocentre.people.models import Token, User

LONGEST = timedelta(days=366)
PREFIX = "iso_"


def create(
    *, by: Actor, user: User, label: str, scope: Sequence[str], lasts: timedelta, permissions: Sequence[str] = ()
) -> tuple[Token, str]:
    """A token and its secret, which is kept nowhere. Unfit when its scope is no scope, or nothing the person may see.

    `permissions`: what it may do, of GRANTS; empty means acting.TOKEN_PERMISSIONS. It never may more than its person.
    """
    checks = Checks()
    checks.filled("label", label, "Say what the token is for", most=100)
    checks.nobody("label", label)
    checks.that(timedelta(0) < lasts <= LONGEST, "expires", "Choose between an hour and 366 days")
    checks.that(user.is_active, "user", "This person can no longer sign in")
    try:
        asked = Scope.parse(list(scope))
        checks.that(not asked.empty, "scope", "Choose what the token may see")
    except ValueError:
        checks.that(False, "scope", "Write study:SLUG, study:SLUG@ODS, site:ODS, selection:ID or *, one a line")
        checks.done()
        raise
    unknown = sorted(set(permissions) - GRANTS.keys())
    checks.that(not unknown, "permission", f"A token may only be made for: {', '.join(GRANTS)}")
    mine = by.kind == "person" and by.name == user.username
    checks.that(mine or by.may("tokens_manage"), "user", "Only an administrator makes tokens for others")
    # A Selection's objects are known to the archive alone, so an administrator answers for handing it out.
    checks.that(
        asked.selection is None or by.may("tokens_manage"), "scope", "Ask an administrator for a token of a Selection"
    )
    secret = PREFIX + secrets.token_urlsafe(32)
    token = Token(
        user=user,
        label=label,
        digest=digest(secret),
        scope=asked.texts(),
        permissions=sorted(permissions),
        expires_at=timezone.now() + lasts,
    )
    checks.that(
        acting.token_actor(token).permissions != frozenset(),
        "scope",
        "None of this person's roles may do any of this in this scope",
    )
    checks.done()
    with transaction.atomic():
        token.save(force_insert=True)
        detail = {"person": user.username, "scope": token.scope, "until": token.expires_at.isoformat()}
        detail |= {"may": token.permissions} if token.permissions else {}
        audit.record(by=by, entries=[audit.Entry("token_made", "token", str(token.pk), detail)])
    return token, secret


def revoke(*, by: Actor, token_id: int) -> None:
    """End a token at once; KeyError when there is none this actor may end. Safe to repeat."""
    with transaction.atomic():
        token = visible(by).select_for_update().filter(pk=token_id).first()
        if token is None:
            raise KeyError("no such token")
        if token.revoked_at is None:
            token.revoked_at = timezone.now()
            token.save(update_fields=["revoked_at"])
            detail = {"person": token.user.username}
            audit.record(by=by, entries=[audit.Entry("token_revoked", "token", str(token.pk), detail)])


def visible(by: Actor) -> QuerySet[Token]:
    """All tokens for who manages them, else one's own."""
    rows = Token.objects.all()
    return rows if by.may("tokens_manage") else rows.filter(user__username=by.name)


def state(token: Token) -> str:
    """`revoked`, `expired` or `in use`."""
    if token.revoked_at is not None:
        return "revoked"
    return "expired" if token.expires_at <= timezone.now() else "in use"
