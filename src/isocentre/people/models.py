"""Users, role assignments, tokens and gateways of one zone."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import salted_hmac


class User(AbstractUser):
    """A person who signs in to this side. `keyboard_shortcuts` can be switched off (WCAG 2.1.4)."""

    first_name = None  # type: ignore[assignment]  # one field for a name, as people write it
    last_name = None  # type: ignore[assignment]  # see above
    name = models.CharField(max_length=200)
    keyboard_shortcuts = models.BooleanField(default=True)
    provider_subject = models.CharField(max_length=64, blank=True)  # SHA-256 of the identity provider's issuer, subject
    session_epoch = models.PositiveIntegerField(default=0)  # counted up to end every session of this person

    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "email"]

    def get_full_name(self) -> str:
        """The person's name as written."""
        return self.name or self.username

    def get_short_name(self) -> str:
        """The first word of the name."""
        return self.get_full_name().split(" ")[0]

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Sessions hold this; one that differs is signed out (a new password, or `session_epoch` counted up)."""
        salt = "isocentre.people.User.session"
        return salted_hmac(salt, f"{self.password}|{self.session_epoch}", secret=secret, algorithm="sha256").hexdigest()


class RoleAssignment(models.Model):
    """One role of one person over (research study or *, site or *) for a time."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(max_length=40)
    research_study = models.CharField(max_length=64, default="*")
    site = models.CharField(max_length=12, default="*")
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["user", "role", "research_study", "site"], name="one_assignment_each")
        ]


class Token(models.Model):
    """A bearer token of a person: only its SHA-256 is kept. `scope` is a list of `Scope.texts`."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    label = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    scope = models.JSONField(default=list)
    permissions = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class Gateway(models.Model):
    """A hospital's gateway, known to the national side by its Ed25519 public key (raw, hex)."""

    name = models.CharField(max_length=64, unique=True)
    site = models.CharField(max_length=200)  # ODS codes of the sites it serves, with commas
    invite_digest = models.CharField(max_length=64, blank=True)
    invite_expires_at = models.DateTimeField(null=True)
    public_key = models.CharField(max_length=64, blank=True)
    joined_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class FirstCode(models.Model):
    """The one link that may make this side's first administrator: only its SHA-256 is kept, in the one row `ONLY`."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
