"""Tables of sending on elsewhere: destinations that two people named, and each copy that went or is to go there."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from isocentre.jobs.models import Claimable


class SendNode(Claimable):
    """A destination outside the hospital and the national side, for one research study, named by two people.

    `way`: store (C-STORE) or stow (STOW-RS); `web`: the name of its DICOMweb server in the configuration. `place`: what
    of it tells one destination from another, so that a copy goes there once also when it was named anew. `approval`:
    the reference of what approves it; `until`: its last day. Leased while something is sent: one association at once.
    """

    STORE, STOW = "store", "stow"
    ENTERED, CONFIRMED, ENDED, REFUSED = "entered", "confirmed", "ended", "refused"
    OPEN = (ENTERED, CONFIRMED)

    research_study = models.CharField(max_length=64)
    name = models.CharField(max_length=64)
    way = models.CharField(max_length=5)
    host = models.CharField(max_length=255, blank=True)
    port = models.PositiveIntegerField(default=0)
    called_ae = models.CharField(max_length=16, blank=True)
    calling_ae = models.CharField(max_length=16, blank=True)
    web = models.CharField(max_length=64, blank=True)
    place = models.CharField(max_length=300)
    approval = models.CharField(max_length=120)
    until = models.DateField()
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=9, default=ENTERED)
    entered_by = models.CharField(max_length=150)
    entered_at = models.DateTimeField()
    confirmed_by = models.CharField(max_length=150, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=150, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=300, blank=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["research_study", "name"], condition=Q(state__in=("entered", "confirmed")), name="one_open_node"
            ),
            models.UniqueConstraint(
                fields=["research_study", "place"],
                condition=Q(state__in=("entered", "confirmed")),
                name="one_open_node_a_place",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by="") | ~Q(confirmed_by=F("entered_by")), name="node_confirmed_by_another"
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | (~Q(confirmed_by="") & Q(confirmed_at__isnull=False)),
                name="node_confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("entered", "confirmed")) | (~Q(ended_by="") & ~Q(ended_why="")),
                name="node_ended_for_a_reason",
            ),
        ]


class DeletionCertificate(models.Model):
    """What a recipient confirmed that it deleted: who there, on which day, under which reference.

    `sha256`: of the file of the certificate, where there is one; it is kept elsewhere.
    """

    node = models.ForeignKey(SendNode, on_delete=models.PROTECT, related_name="certificates")
    confirmed_there_by = models.CharField(max_length=120)
    confirmed_on = models.DateField()
    reference = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64, blank=True)
    images = models.PositiveIntegerField()
    recorded_by = models.CharField(max_length=150)
    recorded_at = models.DateTimeField()


class OnwardCopy(Claimable):
    """One object at one destination. Its state is the queue: waiting, sent, failed (`words`: why; it may be tried
    again) or dropped (it may never go); then recall_asked (it is to be deleted there) and deleted (a certificate says
    so).

    `row`: its ledger row; `sha256`: of what the national side acknowledged, and of this, or it is not sent.
    `offered_at`: set before anything is handed over, taken away where the recipient refused it: with it, the copy may
    be there.
    """

    WAITING, SENT, FAILED, DROPPED = "waiting", "sent", "failed", "dropped"
    RECALL_ASKED, DELETED = "recall_asked", "deleted"
    PERHAPS_THERE = (WAITING, SENT, FAILED, DROPPED)

    node = models.ForeignKey(SendNode, on_delete=models.PROTECT, related_name="copies")
    place = models.CharField(max_length=300)
    research_study = models.CharField(max_length=64)
    site = models.CharField(max_length=12, blank=True)
    study_uid = models.CharField(max_length=64)
    row = models.BigIntegerField(db_index=True)
    object_uid = models.CharField(max_length=64)
    revision = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=12, default=WAITING)
    words = models.CharField(max_length=300, blank=True)
    queued_at = models.DateTimeField()
    offered_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    recall_at = models.DateTimeField(null=True)
    certificate = models.ForeignKey(DeletionCertificate, null=True, on_delete=models.PROTECT, related_name="copies")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["object_uid", "revision", "place"], name="one_copy_each"),
            models.CheckConstraint(
                condition=~Q(state__in=("sent", "recall_asked", "deleted")) | Q(offered_at__isnull=False),
                name="copy_was_offered",
            ),
            models.CheckConstraint(
                condition=~Q(state="deleted") | Q(certificate__isnull=False), name="copy_deleted_by_certificate"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["node", "state", "id"], name="copy_of_node"),
            # What waits, failed or is to be deleted is asked for each second, among all that ever went.
            models.Index(fields=["state", "id"], name="copy_by_state"),
            models.Index(fields=["research_study", "study_uid"], name="copy_of_scan"),
        ]
