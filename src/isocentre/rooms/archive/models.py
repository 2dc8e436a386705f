"""What the archive holds: imaging studies, series, instances. No column carries a wall-clock time (design §3, Dates).

`id` doubles as the sequence number: the only order there is.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

CANARY = "canary"


class ImagingStudy(models.Model):
    """A DICOM study of one subject in one research study at one site, by its keyed StudyInstanceUID."""

    study_uid = models.CharField(max_length=64, unique=True)
    research_study = models.CharField(max_length=64)
    site = models.CharField(max_length=12)
    pseudonym = models.CharField(max_length=64, db_index=True)
    subject_id = models.CharField(max_length=64)
    time_point = models.CharField(max_length=64, blank=True)
    study_day = models.IntegerField(null=True)
    study_date = models.CharField(max_length=8, blank=True, db_index=True)
    study_time = models.CharField(max_length=16, blank=True)
    description = models.CharField(max_length=64, blank=True)
    study_id = models.CharField(max_length=16, blank=True)
    accession = models.CharField(max_length=16, blank=True)
    sex = models.CharField(max_length=16, blank=True)
    modalities = models.CharField(max_length=64, blank=True)
    series_count = models.PositiveIntegerField(default=0)
    instance_count = models.PositiveIntegerField(default=0)

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["research_study", "site", "id"])]


class Series(models.Model):
    """A DICOM series. `metadata` is the gzipped JSON of its instances, None while stale."""

    study = models.ForeignKey(ImagingStudy, on_delete=models.CASCADE, related_name="series")
    series_uid = models.CharField(max_length=64, unique=True)
    modality = models.CharField(max_length=16, db_index=True)
    number = models.CharField(max_length=12, blank=True)
    description = models.CharField(max_length=64, blank=True)
    body_part = models.CharField(max_length=16, blank=True)
    instance_count = models.PositiveIntegerField(default=0)
    metadata = models.BinaryField(null=True)


class Instance(models.Model):
    """A stored object is (object UID, revision, hash)."""

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="instances")
    object_uid = models.CharField(max_length=64, unique=True)
    revision = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64)
    blob = models.CharField(max_length=100)
    size = models.BigIntegerField()
    sop_class_uid = models.CharField(max_length=64)
    transfer_syntax = models.CharField(max_length=64)
    number = models.IntegerField(null=True)
    rows = models.PositiveIntegerField(default=0)
    columns = models.PositiveIntegerField(default=0)
    frames = models.PositiveIntegerField(default=1)
    bits_allocated = models.PositiveSmallIntegerField(default=0)
    samples = models.PositiveSmallIntegerField(default=1)
    pixel_offset = models.BigIntegerField(null=True)
    pixel_length = models.BigIntegerField(null=True)
