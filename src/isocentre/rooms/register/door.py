"""What others may ask of `register`: research studies, their schedule, subjects, matches, receipts and real times."""

from __future__ import annotations

from isocentre.core.checks import NotFound
from isocentre.core.register import ResearchStudyTerms
from isocentre.rooms.register import recalls
from isocentre.rooms.register.commands import (
    change_research_study,
    create_research_study,
    put_charter,
    remove_planned_event,
    research_study,
    research_study_to_change,
    save_planned_event,
    save_study_site,
)
from isocentre.rooms.register.matching import choose, deny, match
from isocentre.rooms.register.proposals import study_config_for
from isocentre.rooms.register.queries import (
    event_ids,
    evidence,
    find_subjects,
    imaging,
    ledger,
    matched,
    planned_events,
    real_times,
    receipts,
    research_studies,
    scans_of,
    study_sites,
    subject,
    subjects,
    unmatched,
    unplanned,
    verdicts,
)
from isocentre.rooms.register.receipts import take_receipts
from isocentre.rooms.register.records import (
    EvidenceRecord,
    ImagingRecord,
    LedgerRecord,
    RealTimeRecord,
    RecallRecord,
    ReceiptRecord,
    ResearchStudyRecord,
    StudySiteRecord,
    SubjectRecord,
    Taken,
    VerdictRecord,
)
from isocentre.rooms.register.scoping import may_change, may_create, may_publish, sees_subject_ids

__all__ = [
    "EvidenceRecord",
    "ImagingRecord",
    "LedgerRecord",
    "NotFound",
    "RealTimeRecord",
    "RecallRecord",
    "ReceiptRecord",
    "ResearchStudyRecord",
    "ResearchStudyTerms",
    "StudySiteRecord",
    "SubjectRecord",
    "Taken",
    "VerdictRecord",
    "change_research_study",
    "choose",
    "create_research_study",
    "deny",
    "event_ids",
    "evidence",
    "find_subjects",
    "imaging",
    "ledger",
    "match",
    "matched",
    "may_change",
    "may_create",
    "may_publish",
    "planned_events",
    "put_charter",
    "real_times",
    "recalls",
    "receipts",
    "remove_planned_event",
    "research_studies",
    "research_study",
    "research_study_to_change",
    "save_planned_event",
    "save_study_site",
    "scans_of",
    "sees_subject_ids",
    "study_config_for",
    "study_sites",
    "subject",
    "subjects",
    "take_receipts",
    "unmatched",
    "unplanned",
    "verdicts",
]
