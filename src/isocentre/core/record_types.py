"""Frozen records of the two messages across the wall; `core/records.py` reads and writes them (design §3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from isocentre.core.charter.records import Charter
from isocentre.core.ids import ObjectUid, Pseudonym

IntakeMode = Literal["dedicated", "listed"]
LegalBasis = Literal["consent", "s251"]
# FHIR R5 ResearchSubject states (research-subject-state), those a hospital reports.
SubjectStatus = Literal["candidate", "on-study", "off-study", "withdrawn"]
# What a person who withdrew asked for: nothing more is sent on; that, and no new use of what is stored; that, and erase
# it where the law allows. Empty for who did not withdraw.
Withdrawal = Literal["", "keep", "no_new_use", "erase"]


CharterOutcome = Literal["pass", "repeat", "not_covered"]


@dataclass(frozen=True, slots=True)
class SiteEntry:
    """A site by ODS code."""

    ods: str
    name: str


@dataclass(frozen=True, slots=True)
class ScannerEntry:
    """A scanner of a site: how its objects name it (serial, station name, AE title)."""

    code: str
    site: str
    manufacturer: str
    model: str
    serial: str
    station_name: str
    ae_title: str
    modality: str


@dataclass(frozen=True, slots=True)
class FaceWaiver:
    """Whether heads may be sent on with the face in the pixels, and why that was agreed."""

    waived: bool
    reason: str


@dataclass(frozen=True, slots=True)
class PlannedEvent:
    """An imaging event the research study planned: what, and within which days counted from day 0."""

    id: str
    name: str
    time_point: str
    modalities: tuple[str, ...]
    body_parts: tuple[str, ...]
    procedure: str
    window: tuple[int, int]


@dataclass(frozen=True, slots=True)
class SiteAgreement:
    """Whether a site may send scans on under the contribution agreement of its trust, or words for why not.

    `until`: its last day (Europe/London) as 2027-03-31, empty where none is known.
    """

    site: str
    receive: bool | str
    until: str = ""

    @property
    def why_not(self) -> str:
        """Words for why scans may not be sent on; empty when they may."""
        return self.receive if isinstance(self.receive, str) else ""


@dataclass(frozen=True, slots=True)
class ResearchStudyProposal:
    """What the national side proposes for one research study; a person at the hospital accepts it, or does not.

    `charter`: None where there is none; words where this side cannot read it. `agreements`: one a site where the
    national side asks for contribution agreements; nobody accepts those, they hold as they come.
    """

    slug: str
    title: str
    sponsor: str
    protocol_name: str
    intake_mode: IntakeMode
    sites: tuple[str, ...]
    profile: str
    legal_basis: LegalBasis
    ae_title: str
    face_waiver: FaceWaiver
    receive: bool | str
    planned_events: tuple[PlannedEvent, ...]
    prior_imaging: bool
    version: int
    charter: Charter | str | None = None
    agreements: tuple[SiteAgreement, ...] = ()

    @property
    def may_receive(self) -> bool:
        """True when scans may be taken in for it."""
        return self.receive is True

    @property
    def why_not(self) -> str:
        """Words for why scans may not be taken in; empty when they may."""
        return self.receive if isinstance(self.receive, str) else ""


@dataclass(frozen=True, slots=True)
class Recall:
    """An object that must not come again at this revision or below."""

    object_uid: ObjectUid
    revision: int


@dataclass(frozen=True, slots=True)
class StudyConfig:
    """The message down: everything a gateway needs to work while the national side is away."""

    gateway: str
    sites: tuple[SiteEntry, ...] = ()
    scanners: tuple[ScannerEntry, ...] = ()
    research_studies: tuple[ResearchStudyProposal, ...] = ()
    recalls: tuple[Recall, ...] = ()


@dataclass(frozen=True, slots=True)
class SendReceipt:
    """What was done to one object before it was sent on: counts only."""

    object_uid: ObjectUid
    revision: int
    sha256: str
    research_study: str
    site: str
    scanner: str
    profile: str
    profile_version: int
    actions: Mapping[str, int]
    findings: Mapping[str, int]
    pseudonym: Pseudonym
    subject_id: str
    time_point: str
    study_day: int | None


@dataclass(frozen=True, slots=True)
class EventTime:
    """Real times of one imaging event, under a random id: never beside an object UID (design §3, Dates)."""

    research_study: str
    site: str
    pseudonym: Pseudonym
    time_point: str
    event_id: str
    acquired_at: datetime | None
    arrived_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class SubjectNotice:
    """A subject as the hospital knows them now: status, the consent terms in force, and what a withdrawal asks for.

    No day of the withdrawal: a study day beside the clock of the audit trail would undo a date shift.
    """

    research_study: str
    site: str
    pseudonym: Pseudonym
    subject_id: str
    status: SubjectStatus
    consent: tuple[str, ...]
    withdrawal: Withdrawal = ""


@dataclass(frozen=True, slots=True)
class CharterVerdict:
    """What came of holding a scan (by our own StudyInstanceUID) against its charter on arrival.

    `deviations`: in how many series of the charter each attribute (DICOM keyword) was not as it should be; `Images`
    stands for a series that is missing or short. Never a value of a header, which may be anything.
    """

    research_study: str
    site: str
    study_uid: ObjectUid
    charter_version: int
    outcome: CharterOutcome
    deviations: Mapping[str, int]


RecallOutcome = Literal["recalled", "not_held", "refused"]


@dataclass(frozen=True, slots=True)
class RecallNotice:
    """An object the hospital takes back, for its images are another patient's: of this revision and below nothing may
    stay, or come again."""

    object_uid: ObjectUid
    revision: int
    research_study: str
    site: str


@dataclass(frozen=True, slots=True)
class EventRecall:
    """An imaging event all of whose images are taken back: its real times are no subject's. By its random id, as they
    are kept; never beside an object UID (design §3, Dates)."""

    research_study: str
    site: str
    event_id: str


@dataclass(frozen=True, slots=True)
class RecallAnswer:
    """What the national side did about one notice: recalled, not held (nor let in from now on), or refused as no
    object of this hospital."""

    object_uid: ObjectUid
    revision: int
    outcome: RecallOutcome


@dataclass(frozen=True, slots=True)
class LedgerTotals:
    """One research study's ledger: received = sent_on + held + left_out + rejected + opted_out + pending."""

    received: int = 0
    sent_on: int = 0
    held: int = 0
    left_out: int = 0
    rejected: int = 0
    opted_out: int = 0
    pending: int = 0
    duplicates: int = 0

    @property
    def balanced(self) -> bool:
        """True when every received row has exactly one disposition."""
        parts = self.sent_on + self.held + self.left_out + self.rejected + self.opted_out + self.pending
        return self.received == parts


@dataclass(frozen=True, slots=True)
class Receipts:
    """The message up: what a gateway did since the last one, and where its ledger stands."""

    gateway: str
    sent: tuple[SendReceipt, ...] = ()
    times: tuple[EventTime, ...] = ()
    totals: Mapping[str, LedgerTotals] = field(default_factory=dict)
    subjects: tuple[SubjectNotice, ...] = ()
    opt_out_sweep: datetime | None = None
    verdicts: tuple[CharterVerdict, ...] = ()
    recalls: tuple[RecallNotice, ...] = ()
    recalled_events: tuple[EventRecall, ...] = ()
