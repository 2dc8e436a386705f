"""What is not judged by itself but goes where the scan goes that it belongs to (design §3.1).

Dose reports and other structured reports, localisers, and the CT or MR beside a PET or SPECT scan that is planned. They
belong to a scan of the same person: by StudyInstanceUID, or, as a dose report may be a study of its own or come days
later, by what it refers to.
"""

from __future__ import annotations

from isocentre.core.routing_facts import ScanFacts, StudyRules

AWAITS, LEFT_OUT, PAIR_MISSING = "awaits_scan", "follows_left_out", "pair_missing"
AGAIN = (AWAITS, LEFT_OUT, PAIR_MISSING)
"""Causes of what is routed again once the scan it belongs to is."""
WAITS = "It follows the scan it belongs to, which has not been taken in yet."
OF_LEFT_OUT = "The scan it belongs to is left out."
PAIR_MISSING_WORDS = "Only wanted beside the scan planned for its visit, and none came with it."
UNPLANNED = ("other_modality", "other_body_part", "other_procedure", "no_visit")
_REPORTS = frozenset({"SR"})
# PS3.3 C.8.2.1.1.1 value 3 of CT, C.8.3.1.1.1 of MR; SCOUT is written by older scanners.
_LOCALISERS = frozenset({"LOCALIZER", "SCOUT", "TOPOGRAM", "SURVEY"})
_PAIRS = {"CT": frozenset({"PT", "NM"}), "MR": frozenset({"PT"})}


def follows(facts: ScanFacts, study: StudyRules) -> bool:
    """Whether the research study takes such an image only with a scan: unless it is planned or named by itself."""
    if study.slug in facts.listed_for:
        return False
    if facts.modality in _REPORTS:
        return not any(facts.modality in p.modalities for p in study.planned)
    return bool(_LOCALISERS & {one.strip().upper() for one in facts.image_types})


def may_pair(facts: ScanFacts, study: StudyRules, day: int | None) -> bool:
    """Whether it may be the CT or MR of a scan of another modality planned for this study day, if that is known."""
    beside = _PAIRS.get(facts.modality, frozenset())
    planned = [p for p in study.planned if p.modalities & beside]
    return any(day is None or p.first_day <= day <= p.last_day for p in planned)


def leads(facts: ScanFacts, study: StudyRules) -> frozenset[str] | None:
    """Modalities of images it may follow, empty for any; None where it follows nothing and nobody need be asked."""
    if follows(facts, study):
        return frozenset()
    planned = frozenset().union(*(p.modalities for p in study.planned))
    return (_PAIRS.get(facts.modality, frozenset()) & planned) or None
