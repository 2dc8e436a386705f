"""Profiles in force at this hospital, where faces are taken off heads, and what people decide of findings.

Left of the wall: findings may hold identifiers.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from isocentre.jobs.models import Claimable
from isocentre.rooms.deid.onward.rows import DeletionCertificate, OnwardCopy, SendNode

__all__ = [
    "DeletionCertificate", "FaceSeries", "Finding", "FindingImage", "OnwardCopy", "ProfileInForce", "ReadSeries",
    "RefusedReport", "Rule", "RuleUse", "SampledImage", "SampledScan", "SendNode",
]  # fmt: skip


class ProfileInForce(models.Model):
    """The profile version a hospital person accepted for one research study; a change needs a second person."""

    research_study = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    accepted_by = models.CharField(max_length=150)
    accepted_at = models.DateTimeField(auto_now=True)
    waiting = models.JSONField(null=True)


class RefusedReport(models.Model):
    """What the national side would not be told of one image (`key`: its ledger row), in words; told again later.

    `said`: a hash of what it was told, so that a corrected enrolment is noticed.
    """

    kind = models.CharField(max_length=8, default="image")
    key = models.BigIntegerField()
    words = models.CharField(max_length=300)
    said = models.CharField(max_length=64)
    at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["kind", "key"], name="one_refused_report_each")
        ]


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


class ReadSeries(models.Model):
    """A series of which a picture was read for text, where a sample is read; whether text was found, and in which row.

    `unread`: images of it that were sent on without being read. `told`: of how many of them a finding tells.
    """

    research_study = models.CharField(max_length=64)
    study_uid = models.CharField(max_length=64)
    series_uid = models.CharField(max_length=64, db_index=True)
    text = models.BooleanField(default=False)
    row = models.BigIntegerField()
    unread = models.PositiveIntegerField(default=0)
    told = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["research_study", "series_uid"], name="one_read_series_each")
        ]


class Rule(models.Model):
    """One version of a rule that people made of a finding (`core.deid.reviewed`), and who made and confirmed it.

    `state`: waiting (for a second person), in_force, retiring (in force, a second person is asked), retired, refused,
    superseded (by a later version). `rerun`: waiting, while held scans like it are still to be run again.
    """

    code = models.CharField(max_length=12)
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=8)
    like = models.CharField(max_length=32, db_index=True)
    sop_class = models.CharField(max_length=64, blank=True)
    manufacturer = models.CharField(max_length=64, blank=True)
    model = models.CharField(max_length=64, blank=True)
    rows = models.PositiveIntegerField(default=0)
    columns = models.PositiveIntegerField(default=0)
    boxes = models.JSONField(default=list)
    tag = models.BigIntegerField(default=0)
    phrase = models.CharField(max_length=1024, blank=True)
    scan = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=10)
    imported = models.BooleanField(default=False)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    confirmed_by = models.CharField(max_length=150, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    asked_by = models.CharField(max_length=150, blank=True)
    ended_by = models.CharField(max_length=150, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=300, blank=True)
    uses = models.PositiveBigIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    rerun = models.CharField(max_length=8, blank=True)
    rerun_to = models.BigIntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["code", "version"], name="one_rule_version_each"),
            models.UniqueConstraint(
                fields=["code"], condition=models.Q(state__in=("in_force", "retiring")), name="one_rule_in_force"
            ),
        ]


class RuleUse(models.Model):
    """A rule had a part in what was made of one ledger row: each is counted once."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="used_for")
    row = models.BigIntegerField(db_index=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["rule", "row"], name="one_use_each")]


class Finding(Claimable):
    """What may identify somebody in images of one scan that are alike, for a person to decide about.

    `what`: picture or header. `row`: the ledger row it is shown by. `look`: waiting, later, wanted, done, failed: the
    places of text in a picture are found by a worker. `state`: open, decided, gone.
    """

    research_study = models.CharField(max_length=64)
    site = models.CharField(max_length=12, blank=True)
    study_uid = models.CharField(max_length=64)
    cause = models.CharField(max_length=40)
    what = models.CharField(max_length=8)
    like = models.CharField(max_length=32)
    sop_class = models.CharField(max_length=64, blank=True)
    manufacturer = models.CharField(max_length=64, blank=True)
    model = models.CharField(max_length=64, blank=True)
    rows = models.PositiveIntegerField(default=0)
    columns = models.PositiveIntegerField(default=0)
    tag = models.BigIntegerField(default=0)
    phrase = models.CharField(max_length=1024, blank=True)
    left = models.CharField(max_length=1024, blank=True)
    words = models.CharField(max_length=300, blank=True)
    row = models.BigIntegerField()
    images = models.PositiveIntegerField(default=0)
    boxes = models.JSONField(default=list)
    look = models.CharField(max_length=8, default="done")
    first_at = models.DateTimeField()
    state = models.CharField(max_length=8, default="open")
    decision = models.CharField(max_length=10, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    rule = models.ForeignKey(Rule, null=True, on_delete=models.SET_NULL, related_name="findings")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["research_study", "study_uid", "cause", "like"], name="one_finding_each")
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["state", "cause"], name="finding_by_cause"),
            models.Index(fields=["like", "state"], name="finding_like"),
            models.Index(fields=["look"], condition=models.Q(look__in=("waiting", "wanted")), name="finding_to_look"),
        ]


class FindingImage(models.Model):
    """A held row that a finding is about."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="held_images")
    row = models.BigIntegerField(unique=True)
    cause = models.CharField(max_length=40)


class SampledScan(models.Model):
    """A scan that was sent on and drawn for a human look. `verdict`: clean or seen.

    `marks`: of each rule by name, right or wrong. `percent`: how many of a hundred scans were drawn when this one was.
    `row`: the ledger row it is named by.
    """

    research_study = models.CharField(max_length=64)
    site = models.CharField(max_length=12, blank=True)
    study_uid = models.CharField(max_length=64)
    row = models.BigIntegerField()
    percent = models.FloatField()
    drawn_at = models.DateTimeField()
    verdict = models.CharField(max_length=8, blank=True)
    where = models.CharField(max_length=300, blank=True)
    marks = models.JSONField(default=dict)
    judged_by = models.CharField(max_length=150, blank=True)
    judged_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["research_study", "study_uid"], name="one_sample_each")
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["verdict", "drawn_at"], name="sample_waiting")]


class SampledImage(models.Model):
    """An image of a drawn scan: what was black in it, and by which rules, as it was sent on."""

    scan = models.ForeignKey(SampledScan, on_delete=models.CASCADE, related_name="images")
    row = models.BigIntegerField(unique=True)
    boxes = models.JSONField(default=list)
    rules = models.JSONField(default=list)
