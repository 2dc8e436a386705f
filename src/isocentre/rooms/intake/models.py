"""Arrivals, the ledger, persons and enrolments, peers, and the research studies this hospital accepted.

Left of the wall: these tables hold identifiers.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from isocentre.jobs.models import Claimable

UNASSIGNED = "unassigned"
CANARY = "canary"
LOST = "original_lost"
"""Cause of rows whose original is not here any more."""
FAILED = "failed_here"
"""Cause of rows at which this program failed each time."""


class Disposition(models.TextChoices):
    """What became of a row; exactly one each (design §3, the ledger)."""

    PENDING = "pending", "on its way"
    SENT_ON = "sent_on", "sent on"
    HELD = "held", "held"
    LEFT_OUT = "left_out", "left out"
    REJECTED = "rejected", "rejected"
    OPTED_OUT = "opted_out", "opted out"


class Peer(models.Model):
    """A DICOM sender somebody admitted. `address` is an IP address or a network (CIDR)."""

    name = models.CharField(max_length=64)
    calling_ae = models.CharField(max_length=16)
    address = models.CharField(max_length=64)
    site = models.CharField(max_length=12, blank=True)
    max_associations = models.PositiveSmallIntegerField(default=16)
    idle_seconds = models.PositiveSmallIntegerField(default=60, db_default=60)
    admitted = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["calling_ae", "address"], name="one_peer_each")
        ]


class RefusedPeer(models.Model):
    """An unknown sender that tried; shown until a person admits it or clears it."""

    calling_ae = models.CharField(max_length=16)
    called_ae = models.CharField(max_length=16)
    address = models.CharField(max_length=64)
    reason = models.CharField(max_length=200)
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["calling_ae", "called_ae", "address"], name="one_refusal_each")
        ]


class Refusal(models.Model):
    """Objects of one admitted sender (or of imports) that were refused for one cause; counted, nothing of them kept."""

    peer = models.CharField(max_length=64)
    calling_ae = models.CharField(max_length=16, blank=True)
    called_ae = models.CharField(max_length=16, blank=True)
    address = models.CharField(max_length=64, blank=True)
    cause = models.CharField(max_length=40)
    words = models.CharField(max_length=200, blank=True)
    objects_refused = models.PositiveBigIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["peer", "calling_ae", "called_ae", "address", "cause"], name="one_object_refusal_each"
            )
        ]


class ResearchStudy(models.Model):
    """A research study as proposed by the national side and as accepted here. `accepted` is what is in force."""

    slug = models.CharField(max_length=64, unique=True)
    title = models.CharField(max_length=300)
    proposal = models.JSONField(default=dict)
    accepted = models.JSONField(null=True)
    accepted_by = models.CharField(max_length=150, blank=True)
    accepted_at = models.DateTimeField(null=True)
    ae_title = models.CharField(max_length=16, blank=True)
    face_waiver = models.CharField(max_length=300, blank=True)
    # Set at the hospital: it takes only what its accession list names, whatever else would fit.
    accessions_only = models.BooleanField(default=False, db_default=False)


class Scanner(models.Model):
    """A scanner of this hospital, as the national side lists it; how an arrival's site is known."""

    code = models.CharField(max_length=40, unique=True)
    site = models.CharField(max_length=12)
    manufacturer = models.CharField(max_length=64, blank=True)
    model = models.CharField(max_length=64, blank=True)
    serial = models.CharField(max_length=64, blank=True)
    station_name = models.CharField(max_length=16, blank=True)
    ae_title = models.CharField(max_length=16, blank=True)
    modality = models.CharField(max_length=16, blank=True)


class Person(models.Model):
    """A person this hospital knows: the canonical key first used, and what identifies them."""

    key = models.CharField(max_length=120, unique=True)
    nhs_number = models.CharField(max_length=10, blank=True)
    hospital_number = models.CharField(max_length=64, blank=True, db_index=True)
    issuer = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=324, blank=True)
    birth_date = models.DateField(null=True)
    # Former names and other spellings, with semicolons between: a scan may carry them.
    other_names = models.CharField(max_length=400, blank=True, default="", db_default="")
    # What headers of their scans said of them: names, numbers; newest last, so many (`persons.MOST_TOLD`).
    told = models.JSONField(null=True)


class Enrolment(models.Model):
    """A person in a research study. `key_used` stays as first used, through merges and later numbers.

    `withdrawal`: what who withdrew asked for (`core.record_types.Withdrawal`); `withdrawal_told`: what of it the
    national side was told last.
    """

    research_study = models.CharField(max_length=64)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="enrolments")
    key_used = models.CharField(max_length=120)
    subject_id = models.CharField(max_length=64, blank=True)
    consented_on = models.DateField(null=True)
    consent_version = models.CharField(max_length=40, blank=True)
    consent_scope = models.CharField(max_length=120, blank=True, default="", db_default="")
    day_zero = models.DateField(null=True)
    prior_imaging = models.BooleanField(default=False)
    status = models.CharField(max_length=20, default="active")
    enrolled_on_arrival = models.BooleanField(default=False)
    enrolled_at = models.DateTimeField(auto_now_add=True)
    withdrawal = models.CharField(max_length=12, blank=True, default="", db_default="")
    withdrawn_on = models.DateField(null=True)
    # What the subject id may tell of the person (`core.subjects.DOUBTS`, with commas), who gave it, and what was
    # decided: accepted by a second person, or a stand-in given for `subject_given`.
    subject_doubt = models.CharField(max_length=40, blank=True, default="", db_default="")
    subject_by = models.CharField(max_length=150, blank=True, default="", db_default="")
    subject_settled = models.CharField(max_length=10, blank=True, default="", db_default="")
    subject_given = models.CharField(max_length=64, blank=True, default="", db_default="")
    # Whether the terms of consent changed since images were sent on, and the national side is not told of it yet.
    consent_untold = models.BooleanField(default=False, db_default=False)
    withdrawal_told = models.CharField(max_length=12, blank=True, default="", db_default="")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["research_study", "person"], name="one_enrolment_each"),
            models.UniqueConstraint(
                fields=["research_study", "subject_id"], condition=~models.Q(subject_id=""), name="one_subject_id_each"
            ),
        ]


class Arrival(models.Model):
    """One revision of one instance as it arrived, and where its original lies until it is erased."""

    sop_instance_uid = models.CharField(max_length=64)
    revision = models.PositiveIntegerField(default=0)
    header_sha256 = models.CharField(max_length=64)
    pixel_sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=200)
    size = models.BigIntegerField()
    sop_class_uid = models.CharField(max_length=64)
    transfer_syntax = models.CharField(max_length=64)
    source = models.CharField(max_length=10)
    peer = models.CharField(max_length=64, blank=True)
    called_ae = models.CharField(max_length=16, blank=True, default="")
    association = models.CharField(max_length=40, blank=True)
    arrived_at = models.DateTimeField(db_index=True)
    study_uid = models.CharField(max_length=64, db_index=True)
    series_uid = models.CharField(max_length=64)
    facts = models.JSONField(default=dict)
    accession = models.CharField(max_length=16, blank=True, db_index=True)
    patient_id = models.CharField(max_length=64, blank=True, db_index=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["sop_instance_uid", "revision"], name="one_arrival_each")
        ]


class LedgerRow(Claimable):
    """(instance, research study): one disposition, its cause, and what was sent on. Its state is the queue."""

    sop_instance_uid = models.CharField(max_length=64)
    research_study = models.CharField(max_length=64)
    arrival = models.ForeignKey(Arrival, on_delete=models.PROTECT, related_name="rows")
    enrolment = models.ForeignKey(Enrolment, null=True, on_delete=models.PROTECT, related_name="rows")
    disposition = models.CharField(max_length=10, choices=Disposition.choices, default=Disposition.PENDING)
    cause = models.CharField(max_length=40, blank=True)
    words = models.CharField(max_length=300, blank=True)
    conflicting = models.CharField(max_length=200, blank=True)
    first_day = models.DateField()
    # That of its arrival, beside what scans are counted by: to join for it cost most of the page of arrivals.
    study_uid = models.CharField(max_length=64, blank=True, default="", db_default="")
    site = models.CharField(max_length=12, blank=True)
    scanner = models.CharField(max_length=40, blank=True)
    time_point = models.CharField(max_length=40, blank=True)
    study_day = models.IntegerField(null=True)
    event_id = models.CharField(max_length=32, blank=True)
    object_uid = models.CharField(max_length=64, blank=True, db_index=True)
    object_study_uid = models.CharField(max_length=64, blank=True, db_index=True)
    pseudonym = models.CharField(max_length=40, blank=True)
    profile = models.CharField(max_length=64, blank=True)
    actions = models.JSONField(default=dict)
    sent_sha256 = models.CharField(max_length=64, blank=True)
    sent_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    receipt_sent = models.BooleanField(default=False)
    duplicates = models.PositiveIntegerField(default=0)
    # Goes where the scan goes that it belongs to (`core.following`).
    follower = models.BooleanField(default=False, db_default=False)
    # A person said whose it is, for which research study and visit; routing does not ask again.
    assigned = models.BooleanField(default=False, db_default=False)
    recalled = models.BooleanField(default=False)
    erased = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["sop_instance_uid", "research_study"], name="one_row_each")
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["disposition", "id"]),
            models.Index(fields=["research_study", "disposition"]),
            models.Index(fields=["research_study", "study_uid", "disposition"], name="row_scan"),
            models.Index(fields=["study_uid"], name="row_study_uid"),
            models.Index(fields=["cause"], condition=models.Q(disposition="held"), name="held_by_cause"),
            # What may still find the scan it follows (`leading`), and what a person may still assign (`unassigned`).
            models.Index(fields=["cause", "id"], condition=models.Q(disposition="left_out"), name="left_out_by_cause"),
        ]


class Decision(models.Model):
    """What a person decided about held rows, and how they were before: undone while nothing has moved on."""

    action = models.CharField(max_length=20)
    cause = models.CharField(max_length=40)
    research_study = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=300)
    by = models.CharField(max_length=150)
    at = models.DateTimeField(db_index=True)
    scans = models.PositiveIntegerField(default=0)
    images = models.PositiveIntegerField(default=0)
    # {"before": [{"rows": [id], "fields": {…}}], "rows": [ids made], "arrivals": [ids made]}
    was = models.JSONField(default=dict)
    undone_by = models.CharField(max_length=150, blank=True)
    undone_at = models.DateTimeField(null=True)


class ListedAccession(models.Model):
    """An accession number this hospital names for a research study; `issuer` empty: whoever gave it.

    `source`: list (typed, pasted or a file), program, or fetching.
    """

    research_study = models.CharField(max_length=64)
    accession = models.CharField(max_length=16, db_index=True)
    issuer = models.CharField(max_length=64, blank=True, default="", db_default="")
    source = models.CharField(max_length=10)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["research_study", "accession", "issuer"], name="one_listed_accession_each")
        ]


class CharterCheck(Claimable):
    """A scan held against the charter of its research study. `state`: waiting (for quiet), done, failed.

    `outcome`: that of the verdict, empty before the first; `verdict`: `core.charter.judging.Verdict` as data. `row`:
    the ledger row it is shown by. `last_at`: when the last image came that it was judged by. `told`: whether the
    national side was told of this verdict.
    """

    research_study = models.CharField(max_length=64)
    study_uid = models.CharField(max_length=64)
    site = models.CharField(max_length=12, blank=True)
    state = models.CharField(max_length=8, default="waiting")
    outcome = models.CharField(max_length=12, blank=True)
    verdict = models.JSONField(null=True)
    row = models.BigIntegerField(null=True, db_index=True)
    last_at = models.DateTimeField(null=True)
    judged_at = models.DateTimeField(null=True)
    told = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["research_study", "study_uid"], name="one_charter_check_each")
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["state", "not_before"], name="charter_check_waiting"),
            models.Index(fields=["outcome", "judged_at"], name="charter_check_outcome"),
        ]


class EnrolmentChange(models.Model):
    """A mistake of enrolment somebody mended, and how it was before: undone for a while, then forgotten.

    `action`: corrected, removed. `enrolment`: its id, which a removed one gets back.
    """

    action = models.CharField(max_length=12)
    enrolment = models.BigIntegerField()
    research_study = models.CharField(max_length=64)
    by = models.CharField(max_length=150)
    at = models.DateTimeField(db_index=True)
    was = models.JSONField(default=dict)  # {"person": {…}, "enrolment": {…}, "learnt": […]}


# The tables of fetching from a PACS, of nights, of recalls and of numbers live in modules of their own; Django finds
# them here.
from isocentre.rooms.intake.identities.rows import IdentityQuestion, PersonCheck, PersonNumber  # noqa: E402 - as below
from isocentre.rooms.intake.nights.rows import NightReport  # noqa: E402 - as below
from isocentre.rooms.intake.pull.rows import PacsNode, Pull, PullLine, PullSeries  # noqa: E402 - they build on what is above
from isocentre.rooms.intake.recall_rows import Recall, RecalledImage, RejectionNote  # noqa: E402 - as above

__all__ = [
    "CANARY", "FAILED", "LOST", "UNASSIGNED", "Arrival", "Decision", "Disposition", "Enrolment", "EnrolmentChange",
    "IdentityQuestion", "LedgerRow", "ListedAccession", "NightReport", "PacsNode", "Peer", "Person", "PersonCheck",
    "PersonNumber", "Pull", "PullLine", "PullSeries", "Recall", "RecalledImage", "Refusal", "RefusedPeer",
    "RejectionNote", "ResearchStudy", "Scanner",
]  # fmt: skip
