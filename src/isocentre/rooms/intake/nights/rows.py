"""The table of the nightly reconciliation: one record a day, as it stood when it was made; it is never changed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from isocentre.jobs.models import Claimable


class NightReport(Claimable):
    """What the images that arrived on `day` had come to. `said`: as `keeping.Night` has it; nothing of any patient.

    `mail`: whether people are to be told, were told, or could not be (empty: nobody is). As a `Claimable` it waits for
    being told.
    """

    WAITING, SENT, FAILED = "waiting", "sent", "failed"
    day = models.DateField(unique=True)
    made_at = models.DateTimeField()
    said = models.JSONField(default=dict)
    mail = models.CharField(max_length=8, blank=True, default="")

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["mail"], name="night_report_mail")]
