"""What others may ask of intake: totals of the ledger, pending rows, outcomes, acceptances, enrolments, imports."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from django.db.models import Count, Sum

from isocentre.rooms.intake import (
    accessions,
    canary,
    causes,
    charter_checks,
    charter_notes,
    connections,
    contribution,
    elsewhere,
    leading,
    nightly,
    opting_out,
    proof,
    pulling,
    recall_learning,
    recalling,
    refusals,
    rejections,
    times,
    upkeep,
    withdrawing,
)
from isocentre.rooms.intake.decisions import Decided, keep, leave_out, put_into, reject, replace, try_again
from isocentre.rooms.intake.enrolling import enrol_lines, subject_lines
from isocentre.rooms.intake.held import HeldScan, counted, counted_whole, held_by_cause, held_scans
from isocentre.rooms.intake.identities import still_same
from isocentre.rooms.intake.identities.listening import Hearing
from isocentre.rooms.intake.imports import import_files
from isocentre.rooms.intake.in_parts import AT_ONCE, in_parts
from isocentre.rooms.intake.ledger import Outcome, claim_pending, claim_tried, record_outcomes, sent_since
from isocentre.rooms.intake.life_steps import decided, is_phantom, label, stopped, title
from isocentre.rooms.intake.models import (
    CANARY,
    FAILED,
    LOST,
    UNASSIGNED,
    Arrival,
    CharterCheck,
    Disposition,
    LedgerRow,
    ResearchStudy,
)
from isocentre.rooms.intake.originals import originals
from isocentre.rooms.intake.peers import admit_peer
from isocentre.rooms.intake.persons import enrol, known_of
from isocentre.rooms.intake.receive import Intake, canary_site, quarantine
from isocentre.rooms.intake.reconciling import days_of
from isocentre.rooms.intake.rerouting import reroute_agreed, run_again
from isocentre.rooms.intake.scans import Reason, Scan, scan
from isocentre.rooms.intake.series import any_here, go_on, of_series, put_off
from isocentre.rooms.intake.studies import accept, diff, take_proposals
from isocentre.rooms.intake.trust import told as trust
from isocentre.rooms.intake.undoing import Undone, undo, undoable
from isocentre.rooms.intake.viewing import accepted, actor_of, require, research_studies, titles, visible, within

__all__ = [
    "AT_ONCE",
    "FAILED",
    "LOST",
    "UNASSIGNED",
    "Arrival",
    "CharterCheck",
    "Decided",
    "Disposition",
    "Hearing",
    "HeldScan",
    "Intake",
    "LedgerRow",
    "Outcome",
    "Reason",
    "ResearchStudy",
    "Scan",
    "Undone",
    "accept",
    "accepted",
    "accessions",
    "actor_of",
    "admit_peer",
    "any_here",
    "canary",
    "canary_site",
    "causes",
    "charter_checks",
    "charter_notes",
    "claim_pending",
    "claim_tried",
    "connections",
    "contribution",
    "counted",
    "counted_whole",
    "days_of",
    "decided",
    "diff",
    "elsewhere",
    "enrol",
    "enrol_lines",
    "go_on",
    "held_by_cause",
    "held_scans",
    "import_files",
    "in_parts",
    "is_phantom",
    "keep",
    "known_of",
    "label",
    "leading",
    "leave_out",
    "listed",
    "nightly",
    "of_series",
    "opting_out",
    "originals",
    "proof",
    "pulling",
    "put_into",
    "put_off",
    "quarantine",
    "recall_learning",
    "recalling",
    "record_outcomes",
    "refusals",
    "reject",
    "rejections",
    "replace",
    "require",
    "reroute_agreed",
    "research_studies",
    "run_again",
    "scan",
    "sent_since",
    "still_same",
    "stopped",
    "study",
    "subject_lines",
    "take_proposals",
    "times",
    "title",
    "titles",
    "totals",
    "trust",
    "try_again",
    "undo",
    "undoable",
    "upkeep",
    "visible",
    "withdrawing",
    "within",
]  # fmt: skip


def totals() -> dict[str, dict[str, int]]:
    """The ledger by research study: received and each disposition; `unassigned` always present, the canary never."""
    blank = {"received": 0, **dict.fromkeys(Disposition.values, 0), "duplicates": 0}
    answer: dict[str, dict[str, Any]] = {UNASSIGNED: dict(blank)}
    for slug in ResearchStudy.objects.exclude(accepted=None).values_list("slug", flat=True):
        answer[slug] = dict(blank)
    rows = LedgerRow.objects.exclude(research_study=CANARY).values("research_study", "disposition")
    for row in rows.annotate(n=Count("pk"), again=Sum("duplicates")):
        one = answer.setdefault(row["research_study"], dict(blank))
        one[row["disposition"]] += row["n"]
        one["received"] += row["n"]
        one["duplicates"] += row["again"]
    return answer


def study(slug: str) -> ResearchStudy | None:
    """The research study as this hospital holds it."""
    return ResearchStudy.objects.filter(slug=slug).first()


def listed() -> ModuleType:
    """The lists of this room as programs ask for them. Loaded with the first question: receivers never ask, and pages
    and forms, whose rows it shares, are much to hold."""
    from isocentre.rooms.intake import listed as lists

    return lists
