"""Tables of recalls: what a person took back as of the wrong patient, and what became of each image."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from isocentre.jobs.models import Claimable


class Recall(models.Model):
    """A scan, or part of it, that was taken back: by a person as of the wrong patient, or by a rejection note of the
    picture archive (`note`, its code). `row`: a ledger row it is shown by.

    `images`: how many were taken back; `sent`: of those, how many had been sent on, or may have been. `series`: their
    SeriesInstanceUIDs. `patients`: the numbers they came under, which more of the scan may not come under.
    """

    research_study = models.CharField(max_length=64)
    study_uid = models.CharField(max_length=64, db_index=True)
    series = models.JSONField(default=list)
    patients = models.JSONField(default=list)
    site = models.CharField(max_length=12, blank=True)
    row = models.BigIntegerField(db_index=True)
    whole = models.BooleanField(default=True)
    images = models.PositiveIntegerField(default=0)
    sent = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=8, blank=True, default="")
    reason = models.CharField(max_length=300)
    by = models.CharField(max_length=150)
    at = models.DateTimeField(db_index=True)


class RecalledImage(models.Model):
    """One image of a recall in one research study. Its state is the queue: waiting, told (to the national side), then
    its answer (recalled, not_held, refused); kept where nothing had left the hospital.

    `revision`: up to which it is taken back; the hashes are of that one, so that a replay of it is known. `object_uid`:
    empty where it is not known whether it left: whoever tells the national side makes it with the study key.
    `event_id`: of the scan's real times, where all of the scan is taken back. `again`: how often it came once more.
    """

    WAITING, TOLD, RECALLED, NOT_HELD, REFUSED, KEPT = "waiting", "told", "recalled", "not_held", "refused", "kept"
    OPEN = (WAITING, TOLD)

    recall = models.ForeignKey(Recall, on_delete=models.PROTECT, related_name="taken_back")
    row = models.BigIntegerField(db_index=True)
    research_study = models.CharField(max_length=64)
    site = models.CharField(max_length=12, blank=True)
    study_uid = models.CharField(max_length=64)
    sop_instance_uid = models.CharField(max_length=64, db_index=True)
    revision = models.PositiveIntegerField()
    header_sha256 = models.CharField(max_length=64)
    pixel_sha256 = models.CharField(max_length=64)
    object_uid = models.CharField(max_length=64, blank=True)
    event_id = models.CharField(max_length=32, blank=True)
    state = models.CharField(max_length=10, default=WAITING)
    told_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    again = models.PositiveIntegerField(default=0)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["research_study", "study_uid"], name="recalled_scan"),
            models.Index(fields=["state", "id"], condition=models.Q(state__in=("waiting", "told")), name="recall_open"),
        ]


class RejectionNote(Claimable):
    """A rejection note that came (IHE IOCM), whose images are looked for: its state is the queue.

    `images`: [StudyInstanceUID, SOPInstanceUID] each. `state`: waiting (also while not all have come), done, asked (a
    person decides), kept (a person said that they stay in use). `found`: how many of them were here.
    """

    WAITING, DONE, ASKED, KEPT = "waiting", "done", "asked", "kept"

    sop_instance_uid = models.CharField(max_length=64, unique=True)
    code = models.CharField(max_length=8)
    images = models.JSONField(default=list)
    found = models.PositiveIntegerField(default=0)
    row = models.BigIntegerField(null=True)
    state = models.CharField(max_length=8, default=WAITING)
    at = models.DateTimeField()
    decided_by = models.CharField(max_length=150, blank=True, default="")
    reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["state", "not_before"], name="rejection_note_state")]
