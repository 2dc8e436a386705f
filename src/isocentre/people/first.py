"""The first administrator of a side, made with a single-use link, and administrators who lost their way in."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import SYSTEM
from isocentre.core.checks import Checks
from isocentre.people import accounts, welcome
from isocentre.people.bearer import digest
from isocentre.people.models import FirstCode, User
from isocentre.people.roles import Role

CODE_LIFETIME = timedelta(hours=24)
GONE = "This link was used, is older than 24 hours, or a newer one was printed"


class NotAdministrator(ValueError):
    """There is no active administrator of that sign-in name."""


def administering() -> list[Role]:
    """The roles of this side that manage people."""
    return [role for role in accounts.offered() if "people_manage" in role.permissions]


def administrators() -> list[User]:
    """Active people who hold such a role today."""
    today = timezone.localdate()
    held = Q(roles__role__in=[role.key for role in administering()])
    held &= Q(roles__starts=None) | Q(roles__starts__lte=today)
    held &= Q(roles__ends=None) | Q(roles__ends__gte=today)
    return list(User.objects.filter(held, is_active=True).distinct().order_by("username"))


def link() -> str:
    """A fresh link for the first administrator, which ends an older one; empty when there is an administrator."""
    code = secrets.token_urlsafe(32)
    with transaction.atomic():
        if administrators():
            return ""
        kept = {"digest": digest(code), "expires_at": timezone.now() + CODE_LIFETIME}
        FirstCode.objects.update_or_create(pk=FirstCode.ONLY, defaults=kept)
        audit.record(by=SYSTEM, entries=[audit.Entry("first_link_made", "side", "")])
    return f"{settings.PUBLIC_URL}{reverse('first_administrator', args=[code])}"


def holds(code: str) -> bool:
    """True while this code can still make the first administrator."""
    return _waiting(code).exists() and not administrators()


def make(*, code: str, name: str, username: str, email: str, password: str) -> User:
    """Use the code: a person with a password and every role that manages people. Unfit, and no code used, otherwise."""
    hashed = make_password(password)  # slow by intent, so before the transaction
    with transaction.atomic():
        checks = Checks()
        # The one row is deleted first: of two who use the same link at once, the second finds nothing.
        checks.that(bool(_waiting(code).delete()[0]) and not administrators(), "code", GONE)
        checks.done()
        user = accounts.add(by=SYSTEM, username=username, name=name, email=email)
        user.password = hashed
        user.save(update_fields=["password"])
        for role in administering():
            accounts.give_role(by=SYSTEM, user=user, role=role.key)
        audit.record(by=SYSTEM, entries=[audit.Entry("first_administrator_made", "person", user.username)])
    return user


def recover(*, username: str, reason: str) -> str:
    """A sign-in link for an administrator who lost the second step or the password: the old second step is removed."""
    with transaction.atomic():
        found = next((one for one in administrators() if one.username == username), None)
        if found is None:
            raise NotAdministrator(username)
        accounts.drop_second_step(by=SYSTEM, user=found)
        audit.record(by=SYSTEM, entries=[audit.Entry("administrator_recovered", "person", username, {}, reason)])
    found.refresh_from_db()
    return f"{settings.PUBLIC_URL}{welcome.link(found)}"


def _waiting(code: str) -> QuerySet[FirstCode]:
    return FirstCode.objects.filter(digest=digest(code), expires_at__gt=timezone.now())
