"""What was agreed and what has been done: research studies, planned events, subjects, matches, receipts, real times.

Only RealTime holds a clock time of a scan, so only its door function can give a date shift away (design §3, Dates).
"""

from __future__ import annotations

from django.db import models


class ResearchStudy(models.Model):
    """A research study and what is proposed to hospitals; `version` rises with every change of the proposal."""

    slug = models.CharField(max_length=64, unique=True)
    title = models.CharField(max_length=200)
    iras = models.CharField(max_length=7, blank=True)
    sponsor = models.CharField(max_length=64)
    protocol_name = models.CharField(max_length=64)
    intake_mode = models.CharField(max_length=10)
    profile = models.CharField(max_length=64)
    legal_basis = models.CharField(max_length=10)
    ae_title = models.CharField(max_length=16, blank=True)
    face_waived = models.BooleanField(default=False)
    face_reason = models.CharField(max_length=1000, blank=True)
    prior_imaging = models.BooleanField(default=False)
    status = models.CharField(max_length=10, default="set_up")
    version = models.PositiveIntegerField(default=1)
    # The charter in force, as it travels; the room of charters writes it down here.
    charter = models.JSONField(null=True)

    class Meta:
        constraints = (
            # The AE title names the research study (intake mode `dedicated`), so two may not share one.
            models.UniqueConstraint(fields=["ae_title"], condition=~models.Q(ae_title=""), name="one_study_each_ae"),
        )


class StudySite(models.Model):
    """A research study at a site; `handed_version` is the proposal its hospital side last fetched."""

    research_study = models.ForeignKey(ResearchStudy, on_delete=models.PROTECT, related_name="sites")
    site = models.CharField(max_length=12)
    status = models.CharField(max_length=10, default="set_up")
    handed_version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["research_study", "site"], name="one_study_site_each"),)


class PlannedEvent(models.Model):
    """An imaging event of the schedule: what, at which time point, within which days from day 0."""

    research_study = models.ForeignKey(ResearchStudy, on_delete=models.PROTECT, related_name="planned_events")
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    time_point = models.CharField(max_length=64)
    modalities = models.JSONField(default=list)
    body_parts = models.JSONField(default=list)
    procedure = models.CharField(max_length=64, blank=True)
    window_from = models.IntegerField()
    window_to = models.IntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["research_study", "code"], name="one_planned_event_each"),
            models.CheckConstraint(condition=models.Q(window_from__lte=models.F("window_to")), name="window_forwards"),
        )


class Subject(models.Model):
    """A person in one research study, by pseudonym; `subject_id` is the trial's own, empty until enrolled.

    `withdrawal`: what who withdrew asked for (`core.record_types.Withdrawal`).
    """

    research_study = models.CharField(max_length=64)
    pseudonym = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64, blank=True)
    site = models.CharField(max_length=12)
    status = models.CharField(max_length=12, default="candidate")
    consent = models.JSONField(default=list)
    withdrawal = models.CharField(max_length=12, blank=True, default="", db_default="")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["research_study", "pseudonym"], name="one_subject_each"),)
        indexes = (models.Index(fields=["research_study", "site"]),)


class Evidence(models.Model):
    """An imaging study held against the schedule; `planned_event` is empty where none was proved; `why_not` says why.

    `not_of`: codes of planned events that a person said it does not prove: no later series proves them by itself.

    `event_id` is random and names the row in the audit trail: a row there has a clock time, so neither the imaging
    study nor the subject may be named beside it.
    """

    research_study = models.CharField(max_length=64)
    site = models.CharField(max_length=12)
    pseudonym = models.CharField(max_length=64)
    time_point = models.CharField(max_length=64)
    study_uid = models.CharField(max_length=64)
    planned_event = models.CharField(max_length=64, blank=True)
    why_not = models.CharField(max_length=200, blank=True)
    not_of = models.JSONField(default=list)
    event_id = models.CharField(max_length=32, unique=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["research_study", "study_uid", "planned_event"], name="one_evidence_each"),
        )
        indexes = (models.Index(fields=["research_study", "pseudonym"]),)


class RealTime(models.Model):
    """Real times of one imaging event, under a random id; read through one door function only."""

    research_study = models.CharField(max_length=64)
    site = models.CharField(max_length=12)
    pseudonym = models.CharField(max_length=64)
    time_point = models.CharField(max_length=64)
    event_id = models.CharField(max_length=64)
    acquired_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["research_study", "event_id"], name="one_real_time_each"),)
        indexes = (models.Index(fields=["research_study", "pseudonym", "time_point"]),)


class ReceiptRow(models.Model):
    """What a gateway did to one object before sending it on; no clock column (design §3, Dates)."""

    object_uid = models.CharField(max_length=64)
    revision = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    research_study = models.CharField(max_length=64)
    site = models.CharField(max_length=12)
    scanner = models.CharField(max_length=64, blank=True)
    profile = models.CharField(max_length=64)
    profile_version = models.PositiveIntegerField()
    actions = models.JSONField(default=dict)
    findings = models.JSONField(default=dict)
    pseudonym = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64, blank=True)
    time_point = models.CharField(max_length=64, blank=True)
    study_day = models.IntegerField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["object_uid", "revision"], name="one_receipt_each"),)
        indexes = (models.Index(fields=["research_study", "pseudonym"]),)


class ScanVerdict(models.Model):
    """What came of holding a scan against its charter at the hospital; no clock column (design §3, Dates)."""

    research_study = models.CharField(max_length=64)
    site = models.CharField(max_length=12)
    study_uid = models.CharField(max_length=64)
    charter_version = models.PositiveIntegerField()
    outcome = models.CharField(max_length=12)
    deviations = models.JSONField(default=dict)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["research_study", "study_uid"], name="one_scan_verdict_each"),)


class Recall(models.Model):
    """An object a hospital took back, up to a revision; no clock column (design §3, Dates). `outcome`: empty until it
    was carried out, then as `core.record_types.RecallOutcome`. It waits here, and is answered with the next message.
    """

    object_uid = models.CharField(max_length=64)
    revision = models.PositiveIntegerField()
    research_study = models.CharField(max_length=64)
    site = models.CharField(max_length=12)
    outcome = models.CharField(max_length=10, blank=True, default="")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["object_uid", "revision"], name="one_recall_each"),)
        indexes = (models.Index(fields=["id"], condition=models.Q(outcome=""), name="recall_waiting"),)


class AgreementVersion(models.Model):
    """One version of the contribution agreement of a trust for a research study (`core.agreements`).

    `state`: entered by one person, confirmed by another, or discarded. `edits` counts its changes, so that who confirms
    it confirms what they saw. `ended_on`: the day it was ended before its last one.
    """

    research_study = models.ForeignKey(ResearchStudy, on_delete=models.PROTECT, related_name="agreements")
    organisation = models.CharField(max_length=12)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, default="entered")
    edits = models.PositiveIntegerField(default=1)
    controllers = models.CharField(max_length=500, blank=True)
    processor = models.CharField(max_length=200, blank=True)
    purposes = models.CharField(max_length=1000, blank=True)
    dpia = models.CharField(max_length=200, blank=True)
    file_reference = models.CharField(max_length=200, blank=True)
    caldicott_name = models.CharField(max_length=100, blank=True)
    caldicott_post = models.CharField(max_length=100, blank=True)
    caldicott_on = models.DateField(null=True)
    siro_name = models.CharField(max_length=100, blank=True)
    siro_post = models.CharField(max_length=100, blank=True)
    siro_on = models.DateField(null=True)
    starts = models.DateField(null=True)
    until = models.DateField(null=True)
    exit_terms = models.CharField(max_length=12, blank=True)
    entered_by = models.CharField(max_length=150)
    confirmed_by = models.CharField(max_length=150, blank=True)
    ended_on = models.DateField(null=True)
    ended_by = models.CharField(max_length=150, blank=True)
    end_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["research_study", "organisation", "number"], name="one_agreement_version_each"
            ),
            models.UniqueConstraint(
                fields=["research_study", "organisation"],
                condition=models.Q(state="entered"),
                name="one_agreement_entered",
            ),
            # Whoever enters an agreement never confirms it, whatever the program says.
            models.CheckConstraint(
                condition=~models.Q(confirmed_by=models.F("entered_by")), name="agreement_confirmed_by_another"
            ),
            models.CheckConstraint(
                condition=(models.Q(state="confirmed") & ~models.Q(confirmed_by=""))
                | (models.Q(state__in=("entered", "discarded")) & models.Q(confirmed_by="")),
                name="agreement_confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="confirmed") | models.Q(starts__lte=models.F("until")),
                name="agreement_has_days",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_on=None, ended_by="", end_reason="")
                | (
                    models.Q(state="confirmed", ended_on__isnull=False)
                    & ~models.Q(ended_by="")
                    & ~models.Q(end_reason="")
                ),
                name="agreement_ended_with_reason",
            ),
        )


class LedgerReport(models.Model):
    """The ledger of one research study as a gateway last reported it."""

    gateway = models.CharField(max_length=64)
    site = models.CharField(max_length=12)
    research_study = models.CharField(max_length=64)
    totals = models.JSONField(default=dict)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["gateway", "research_study"], name="one_ledger_report_each"),)


class SweepReport(models.Model):
    """When a gateway last checked its people against the national data opt-out."""

    gateway = models.CharField(max_length=64, unique=True)
    swept_at = models.DateTimeField()
