"""The index of what is held: imaging studies, series, instances, Selections. No column holds a clock of ours.

Arrival is about the acquisition date, so an arrival time beside a shifted date would undo the shift (design §3,
Dates): the primary keys are the only order. `instance_count` counts current, stored instances.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class ImagingStudy(models.Model):
    """One scan: a DICOM study of one subject of one research study at one site."""

    study_uid = models.CharField(max_length=64, unique=True)
    research_study = models.CharField(max_length=64)
    site = models.CharField(max_length=12)
    pseudonym = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64, blank=True)
    time_point = models.CharField(max_length=64, blank=True)
    study_day = models.FloatField(null=True)
    study_date = models.CharField(max_length=64, blank=True)
    study_time = models.CharField(max_length=64, blank=True)
    description = models.CharField(max_length=64, blank=True)
    sex = models.CharField(max_length=64, blank=True)
    age = models.CharField(max_length=64, blank=True)
    study_id = models.CharField(max_length=64, blank=True)
    modalities = models.CharField(max_length=200, blank=True)
    series_count = models.PositiveIntegerField(default=0)
    instance_count = models.PositiveIntegerField(default=0)

    class Meta:
        # The order of a list is -id, or study_uid for who may not know what came first, within what a scope names: each
        # index serves one kind of scope or filter.
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["research_study", "site", "id"]),
            models.Index(fields=["site", "id"]),
            models.Index(fields=["research_study", "study_uid"], name="archive_study_then_uid"),
            models.Index(fields=["site", "study_uid"], name="archive_site_then_uid"),
            models.Index(fields=["pseudonym"]),
            models.Index(fields=["subject_id"]),
            models.Index(fields=["study_date"]),
        ]


class Series(models.Model):
    """One DICOM series of a scan."""

    series_uid = models.CharField(max_length=64, unique=True)
    study = models.ForeignKey(ImagingStudy, on_delete=models.CASCADE, related_name="series")
    modality = models.CharField(max_length=64, blank=True)
    body_part = models.CharField(max_length=64, blank=True)
    laterality = models.CharField(max_length=64, blank=True)
    number = models.IntegerField(null=True)
    description = models.CharField(max_length=64, blank=True)
    protocol = models.CharField(max_length=64, blank=True)
    manufacturer = models.CharField(max_length=64, blank=True)
    model = models.CharField(max_length=64, blank=True)
    series_date = models.CharField(max_length=64, blank=True)
    series_time = models.CharField(max_length=64, blank=True)
    performed_date = models.CharField(max_length=64, blank=True)
    performed_time = models.CharField(max_length=64, blank=True)
    instance_count = models.PositiveIntegerField(default=0)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["modality", "study"])]


class Instance(models.Model):
    """One stored object in one revision. Only the highest is `current`; lower ones serve Selections frozen before."""

    object_uid = models.CharField(max_length=64)
    revision = models.PositiveIntegerField(default=0)
    current = models.BooleanField(default=True)
    state = models.CharField(max_length=10, default="stored")  # stored, recalled, erased
    direct = models.BooleanField(default=False)  # stored by a token of a person or algorithm: no hospital sent it on
    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="instances")
    sha256 = models.CharField(max_length=64)
    blob_key = models.CharField(max_length=128)
    size = models.BigIntegerField()
    transfer_syntax = models.CharField(max_length=64)
    sop_class = models.CharField(max_length=64)
    number = models.IntegerField(null=True)
    rows = models.PositiveIntegerField(null=True)
    columns = models.PositiveIntegerField(null=True)
    frames = models.PositiveIntegerField(default=1)
    bits = models.PositiveIntegerField(null=True)
    dataset_offset = models.BigIntegerField()
    pixel_offset = models.BigIntegerField(null=True)
    pixel_length = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["object_uid", "revision"], name="one_row_a_revision"),
            models.UniqueConstraint(
                fields=["object_uid"], condition=models.Q(current=True), name="one_current_revision"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["state", "series"])]


class DirectTotal(models.Model):
    """How many objects of a research study were ever stored here directly: no ledger of a hospital counts those."""

    research_study = models.CharField(max_length=64, unique=True)
    objects_stored = models.PositiveIntegerField(default=0)


class SeriesMetadata(models.Model):
    """The JSON metadata of a series' current instances, gzipped as it is sent. `stale`: rebuild before sending."""

    series = models.OneToOneField(Series, on_delete=models.CASCADE, primary_key=True, related_name="metadata")
    content = models.BinaryField()
    stale = models.BooleanField(default=False)
    generation = models.PositiveIntegerField(default=0)

    class Meta:
        # The rows are big: those to rebuild are found without reading the others.
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["series"], condition=models.Q(stale=True), name="stale_metadata")
        ]


class Selection(models.Model):
    """A frozen, named, expiring set of instances in the revision they had. `expires_on`: last day it serves.

    `name` is its own everywhere (tokens, addresses, audit trail); `title` is what people call it, and others may call
    theirs the same. `ended`: before its last day, by whom and why; when, the audit trail knows. `uid_key` (16 bytes,
    hex) maps UIDs (core/dicomweb/mapped.py); empty: the Selection has no map. `places`: the pairs of research study and
    site it holds scans of.
    """

    name = models.CharField(max_length=80, unique=True)
    purpose = models.CharField(max_length=200)
    expires_on = models.DateField()
    digest = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    uid_key = models.CharField(max_length=32, blank=True)
    made_by = models.CharField(max_length=150, blank=True)
    scans = models.PositiveIntegerField(default=0)
    places = models.JSONField(default=list)
    title = models.CharField(max_length=80, blank=True)
    ended = models.BooleanField(default=False)
    ended_by = models.CharField(max_length=150, blank=True)
    end_reason = models.CharField(max_length=500, blank=True)


class SelectionSubject(models.Model):
    """How a Selection with a map shows one subject: under which label, its dates how many days later."""

    selection = models.ForeignKey(Selection, on_delete=models.CASCADE, related_name="subjects")
    pseudonym = models.CharField(max_length=64)
    label = models.CharField(max_length=64, blank=True)
    days = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["selection", "pseudonym"], name="a_subject_once_a_selection")
        ]


class SelectionItem(models.Model):
    """One instance of a Selection: natural key, revision and hash, never more."""

    selection = models.ForeignKey(Selection, on_delete=models.CASCADE, related_name="items")
    object_uid = models.CharField(max_length=64)
    revision = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["selection", "object_uid"], name="an_instance_once_a_selection")
        ]
