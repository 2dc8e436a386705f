"""Frozen records the register hands out, and the error for what is not there or not in scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from isocentre.core.record_types import LedgerTotals, PlannedEvent, RecallAnswer
from isocentre.core.register import STATUSES, ResearchStudyTerms


@dataclass(frozen=True, slots=True)
class StudySiteRecord:
    """A research study at a site, and which version of the proposal the hospital side last fetched."""

    site: str
    name: str
    status: str
    handed_version: int

    @property
    def status_words(self) -> str:
        """The state in words."""
        return STATUSES[self.status]


@dataclass(frozen=True, slots=True)
class ResearchStudyRecord:
    """A research study: its terms and the version of its proposal."""

    terms: ResearchStudyTerms
    version: int

    @property
    def slug(self) -> str:
        """Its short name, used in addresses."""
        return self.terms.slug

    @property
    def title(self) -> str:
        """Its title."""
        return self.terms.title

    @property
    def status_words(self) -> str:
        """The state in words."""
        return STATUSES[self.terms.status]


@dataclass(frozen=True, slots=True)
class SubjectRecord:
    """A subject by pseudonym; `received` counts the planned events their scans proved.

    `withdrawal`: what who withdrew asked for.
    """

    research_study: str
    site: str
    pseudonym: str
    subject_id: str
    status: str
    consent: tuple[str, ...]
    received: int = 0
    withdrawal: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """A scan held against the schedule: the planned event it proves, or why it proves none."""

    research_study: str
    site: str
    pseudonym: str
    time_point: str
    study_uid: str
    planned_event: str
    why_not: str


@dataclass(frozen=True, slots=True)
class ImagingRecord:
    """One planned event: how many subjects it is expected of, and of how many its scan came."""

    event: PlannedEvent
    expected: int
    received: int

    @property
    def missing(self) -> int:
        """Expected and not received."""
        return max(0, self.expected - self.received)


@dataclass(frozen=True, slots=True)
class ReceiptRecord:
    """What a gateway did to one object; counts only."""

    object_uid: str
    revision: int
    research_study: str
    site: str
    scanner: str
    profile: str
    profile_version: int
    actions: dict[str, int]
    findings: dict[str, int]
    study_day: int | None


@dataclass(frozen=True, slots=True)
class RealTimeRecord:
    """Real times of one imaging event."""

    research_study: str
    site: str
    pseudonym: str
    time_point: str
    event_id: str
    acquired_at: datetime | None
    arrived_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class LedgerRecord:
    """The ledger of one research study at one gateway, as last reported."""

    gateway: str
    site: str
    research_study: str
    totals: LedgerTotals


@dataclass(frozen=True, slots=True)
class VerdictRecord:
    """What came of holding a scan against its charter at the hospital; `deviations`: series by DICOM keyword."""

    research_study: str
    charter_version: int
    outcome: str
    deviations: dict[str, int]


@dataclass(frozen=True, slots=True)
class RecallRecord:
    """An object a hospital took back, up to this revision."""

    object_uid: str
    revision: int
    research_study: str
    site: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a `receipts` message. `conflicts`: objects whose hash differs from the receipt already held;
    `recalled`: of the recalls it names, those carried out by now."""

    sent: int
    repeated: int
    conflicts: tuple[str, ...]
    times: int
    subjects: int
    recalled: tuple[RecallAnswer, ...] = ()
