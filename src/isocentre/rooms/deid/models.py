"""Profiles in force for each research study at this hospital, and where faces are taken off series of heads."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from isocentre.jobs.models import Claimable


class ProfileInForce(models.Model):
    """The profile version a hospital person accepted for one research study; a change needs a second person."""

    research_study = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    accepted_by = models.CharField(max_length=150)
    accepted_at = models.DateTimeField(auto_now=True)
    waiting = models.JSONField(null=True)


class FaceSeries(Claimable):
    """A series of a head whose face is to be removed: when whole, where it is taken off, or why not.

    `state`: waiting, found, failed. `cut`: see `core.deid.faces.cut`. `images`: of how many images it was found.
    """

    research_study = models.CharField(max_length=64)
    study_uid = models.CharField(max_length=64)
    series_uid = models.CharField(max_length=64)
    state = models.CharField(max_length=8, default="waiting")
    cause = models.CharField(max_length=40, blank=True)
    words = models.CharField(max_length=300, blank=True)
    cut = models.BinaryField(null=True)
    figures = models.JSONField(default=dict)
    images = models.PositiveIntegerField(default=0)
    found_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["research_study", "series_uid"], name="one_face_series_each")
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["state", "not_before"], name="face_series_waiting")]
