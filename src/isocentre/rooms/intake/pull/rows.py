"""Tables of fetching: a PACS with its limits, a list, its lines, and the series it comes to."""

from __future__ import annotations

from django.db import models

from isocentre.core.pull.limits import Limits
from isocentre.core.pull.lines import Asked
from isocentre.jobs.models import Claimable


def leased(name: str) -> models.Index:
    """The few rows that somebody holds, found among 100,000: they are counted before each request."""
    return models.Index(fields=["lease_until"], name=name, condition=models.Q(lease_until__isnull=False))


class PacsNode(models.Model):
    """A PACS we may ask, and how much: hours of the wall clock, requests at once, images a minute.

    `way`: how images come. `web`: the name of its DICOMweb server in the configuration.
    """

    MOVE, GET, WEB = "move", "get", "web"
    name = models.CharField(max_length=64, unique=True)
    host = models.CharField(max_length=255)
    port = models.PositiveIntegerField()
    ae_title = models.CharField(max_length=16)
    calling_ae = models.CharField(max_length=16)
    destination = models.CharField(max_length=16)
    site = models.CharField(max_length=12, blank=True)
    from_hour = models.PositiveSmallIntegerField(default=19)
    to_hour = models.PositiveSmallIntegerField(default=7)
    at_once = models.PositiveSmallIntegerField(default=1)
    images_a_minute = models.PositiveIntegerField(default=0)
    paused = models.BooleanField(default=False)
    paused_why = models.CharField(max_length=200, blank=True)
    next_request = models.DateTimeField(null=True)
    way = models.CharField(max_length=4, default=MOVE, db_default=MOVE)
    web = models.CharField(max_length=64, blank=True, default="", db_default="")
    # It did not answer: nothing is asked before this moment.
    away_until = models.DateTimeField(null=True)

    @property
    def limits(self) -> Limits:
        """As its manager set them."""
        return Limits(self.from_hour, self.to_hour, self.at_once, self.images_a_minute)


class Pull(models.Model):
    """One list for one research study. `rule`: which series, as `core.pull.series.SeriesRule` has it."""

    MAKING, ASKING, READY, FETCHING, DONE, CANCELLED = "making", "asking", "ready", "fetching", "done", "cancelled"
    research_study = models.CharField(max_length=64, db_index=True)
    pacs = models.ForeignKey(PacsNode, on_delete=models.PROTECT, related_name="pulls")
    name = models.CharField(max_length=80)
    rule = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default=ASKING)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)


class PullLine(Claimable):
    """One line of a list: what it asks for, and which scan of the PACS is meant. `found`: candidates to choose from."""

    WAITING, ONE, NONE, SEVERAL, OTHER, LEFT = "waiting", "one", "none", "several", "not_asked_for", "left"
    pull = models.ForeignKey(Pull, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()
    accession = models.CharField(max_length=16, blank=True)
    study_uid = models.CharField(max_length=64, blank=True)
    patient_id = models.CharField(max_length=64, blank=True)
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    modalities = models.CharField(max_length=64, blank=True, default="", db_default="")
    state = models.CharField(max_length=20, default=WAITING)
    words = models.CharField(max_length=300, blank=True)
    differs = models.JSONField(default=list)
    found = models.JSONField(default=list)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["pull", "number"], name="one_line_a_number"),)
        indexes = (models.Index(fields=["state", "pull"]), leased("pull_line_leased"))

    @property
    def asked(self) -> Asked:
        """What it asks for."""
        modalities = tuple(filter(None, self.modalities.split(",")))
        return Asked(self.accession, self.study_uid, self.patient_id, self.first_day, self.last_day, modalities)


class PullSeries(Claimable):
    """One series of a scan that is meant. `expected`: images the PACS has of it, None where it does not say."""

    LISTED, WAITING, WHOLE, HERE, SHORT, LEFT = "listed", "waiting", "whole", "here", "short", "left"
    pull = models.ForeignKey(Pull, on_delete=models.CASCADE, related_name="series")
    line = models.ForeignKey(PullLine, on_delete=models.CASCADE, related_name="series")
    study_uid = models.CharField(max_length=64)
    series_uid = models.CharField(max_length=64, db_index=True)
    modality = models.CharField(max_length=16, blank=True)
    body_part = models.CharField(max_length=16, blank=True)
    description = models.CharField(max_length=64, blank=True)
    number = models.IntegerField(null=True)
    expected = models.PositiveIntegerField(null=True)
    received = models.PositiveIntegerField(default=0)
    availability = models.CharField(max_length=10, blank=True)
    state = models.CharField(max_length=8, default=LISTED)
    words = models.CharField(max_length=300, blank=True)
    asked_times = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["pull", "series_uid"], name="one_series_a_pull"),)
        indexes = (models.Index(fields=["state", "pull"]), leased("pull_series_leased"))
