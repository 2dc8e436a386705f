"""What a person saw on the home page of a role when they last looked: counts, so that the page can tell what is new."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models


class LastLook(models.Model):
    """One person in one role. `seen` are the counts of this look, `before` those of the look before."""

    username = models.CharField(max_length=150)
    role = models.CharField(max_length=40)
    scope = models.JSONField(default=list)  # counts under another scope cannot be compared
    seen = models.JSONField(default=dict)
    before = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["username", "role"], name="one_last_look_a_role")
        ]
