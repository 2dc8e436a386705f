"""Versions of imaging charters, by research study."""

from __future__ import annotations

from django.db import models


class CharterVersion(models.Model):
    """One version of a research study's charter, as data; it never changes, only its state does.

    `state`: uploaded, in_force (one a research study), replaced.
    """

    research_study = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=10, default="uploaded")
    data = models.JSONField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.CharField(max_length=150)
    published_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["research_study", "version"], name="one_charter_version_each"),
            models.UniqueConstraint(
                fields=["research_study"], condition=models.Q(state="in_force"), name="one_charter_in_force_each"
            ),
        )
