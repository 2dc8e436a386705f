"""Commands on people: add, rename, give and take roles, deactivate, end sessions, drop a lost second step."""

from __future__ import annotations

import re
from datetime import date

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import ANY, Actor
from isocentre.core.checks import Checks
from isocentre.people.acting import assignments
from isocentre.people.models import RoleAssignment, User
from isocentre.people.roles import Role, roles

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,60}")
SLUG = re.compile(r"\*|[a-z0-9][a-z0-9-]{0,62}")
SITE = re.compile(r"\*|[A-Z0-9]{3,12}")


def offered() -> list[Role]:
    """The roles of this side."""
    return [role for role in roles().values() if role.zone in settings.ZONES]


def add(*, by: Actor, username: str, name: str, email: str = "") -> User:
    """A person without a role and without a password (a sign-in link sets it). Unfit when the name is taken."""
    checks = Checks()
    checks.form("username", username, USERNAME, "Use 2 to 61 small letters, figures, dots and dashes, like sam.lee")
    checks.filled("name", name, "Enter the person's name")
    _name_and_address(checks, name, email)
    checks.nobody("username", username)
    checks.that(not User.objects.filter(username=username).exists(), "username", "Somebody has this sign-in name")
    checks.done()
    with transaction.atomic():
        user = User(username=username, name=name, email=email)
        user.set_unusable_password()
        user.save(force_insert=True)
        _note(by, "person_added", user)
    return user


def rename(*, by: Actor, user: User, name: str, keyboard_shortcuts: bool) -> None:
    """The person's own name as written, and whether single keys are shortcuts (WCAG 2.1.4)."""
    checks = Checks()
    checks.filled("name", name, "Enter your name")
    checks.nobody("name", name)
    checks.done()
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(name=name, keyboard_shortcuts=keyboard_shortcuts)
        _note(by, "person_changed", user, keyboard_shortcuts=keyboard_shortcuts)


def correct(*, by: Actor, user: User, name: str, email: str) -> None:
    """Another name or e-mail address, by an administrator. A new address must be bound anew at a provider."""
    checks = Checks()
    checks.filled("name", name, "Enter the person's name")
    _name_and_address(checks, name, email)
    taken = bool(email) and User.objects.filter(email__iexact=email).exclude(pk=user.pk).exists()
    checks.that(not taken, "email", "Somebody else has this e-mail address")
    checks.done()
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(name=name, email=email)
        if email.lower() != user.email.lower():
            User.objects.filter(pk=user.pk).update(provider_subject="")
        _note(by, "person_changed", user, email_changed=email.lower() != user.email.lower())


def give_role(
    *, by: Actor, user: User, role: str, research_study: str = ANY, site: str = ANY, until: date | None = None
) -> None:
    """A role over (research study or *, site or *), until a day or for good; the same again changes its last day."""
    checks = Checks()
    checks.one_of("role", role, {r.key for r in offered()}, "Choose a role of this side")
    checks.form("research_study", research_study, SLUG, "Choose a research study, or all of them")
    checks.form("site", site, SITE, "Choose a site, or all of them")
    checks.that(until is None or until >= timezone.localdate(), "until", "Choose a day that is still to come")
    checks.done()
    with transaction.atomic():
        RoleAssignment.objects.update_or_create(
            user=user,
            role=role,
            research_study=research_study,
            site=site,
            defaults={"starts": timezone.localdate(), "ends": until},
        )
        detail = {"role": role, "research_study": research_study, "site": site, "until": str(until or "")}
        _note(by, "role_given", user, **detail)


def widen_role(*, by: Actor, research_study: str) -> None:
    """The role somebody acts in, over the research study they just created too, for as long as they hold the role."""
    user = User.objects.get(username=by.name)
    ends = [a.ends for a in assignments(user) if a.role == by.role]
    until = None if None in ends else max(day for day in ends if day)
    give_role(by=by, user=user, role=by.role, research_study=research_study, until=until)


def take_role(*, by: Actor, user: User, assignment: int) -> None:
    """End a role now; Unfit when it would leave the one who asks without the role they do it in. Safe to repeat."""
    with transaction.atomic():
        found = RoleAssignment.objects.filter(pk=assignment, user=user).first()
        if found is None:
            return
        checks = Checks()
        mine = by.kind == "person" and user.username == by.name and found.role == by.role
        checks.that(not mine, "role", "You cannot take away the role you are acting in: ask another administrator")
        checks.done()
        found.delete()
        _note(by, "role_taken", user, role=found.role, research_study=found.research_study, site=found.site)


def set_active(*, by: Actor, user: User, active: bool) -> None:
    """Let a person sign in, or end that at once with every session and token. Unfit for oneself."""
    checks = Checks()
    checks.that(by.name != user.username, "person", "You cannot deactivate yourself: ask another administrator")
    checks.done()
    with transaction.atomic():
        if User.objects.filter(pk=user.pk).exclude(is_active=active).update(is_active=active):
            end_sessions(by=by, user=user)
            _note(by, "person_activated" if active else "person_deactivated", user)


def end_sessions(*, by: Actor, user: User) -> None:
    """Sign the person out everywhere: every session holds a hash that no longer fits."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
        _note(by, "sessions_ended", user)


def drop_second_step(*, by: Actor, user: User) -> None:
    """Remove a lost second step with its recovery codes; where it is mandatory the next sign-in asks for a new one."""
    with transaction.atomic():
        gone, _ = Authenticator.objects.filter(user=user).delete()
        if gone:
            end_sessions(by=by, user=user)
            _note(by, "second_step_removed", user)


def forget_provider(*, by: Actor, user: User) -> None:
    """Let the next sign-in by the identity provider bind another account there (a new one, after a change of job)."""
    with transaction.atomic():
        if User.objects.filter(pk=user.pk).exclude(provider_subject="").update(provider_subject=""):
            end_sessions(by=by, user=user)
            _note(by, "provider_forgotten", user)


def _name_and_address(checks: Checks, name: str, email: str) -> None:
    """No NHS number in either; an address to which one could write, or none."""
    checks.nobody("name", name)
    checks.nobody("email", email)
    checks.brief("email", email, most=254)
    try:
        validate_email(email or "none@example.org")
    except ValidationError:
        checks.that(False, "email", "Enter an e-mail address like sam.lee@nhs.net, or leave it empty")


def _note(by: Actor, action: str, user: User, **detail: object) -> None:
    audit.record(by=by, entries=[audit.Entry(action, "person", user.username, dict(detail))])
