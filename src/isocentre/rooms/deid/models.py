"""Profiles in force for each research study at this hospital, pinned by name, version and SHA-256."""

from __future__ import annotations

from django.db import models


class ProfileInForce(models.Model):
    """The profile version a hospital person accepted for one research study; a change needs a second person."""

    research_study = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    accepted_by = models.CharField(max_length=150)
    accepted_at = models.DateTimeField(auto_now=True)
    waiting = models.JSONField(null=True)
