"""Tells the national side what came of holding scans against their charter: outcomes and counts, no value."""

from __future__ import annotations

import re
from collections import Counter
from typing import cast

import structlog

from isocentre.core.charter.judging import verdict_of
from isocentre.core.ids import ObjectUid
from isocentre.core.ports import MessageRefused
from isocentre.core.records import CharterOutcome, CharterVerdict, Receipts, dump
from isocentre.rooms.deid import door, messages
from isocentre.rooms.intake import door as intake

log = structlog.get_logger()
AT_ONCE = 100
SHORT = "Images"
"""Under which a series is counted that is missing, or has too few images."""
_ENTRY = re.compile(r"verdicts\[(\d+)\]")


def post(worker: str) -> int:
    """Tell verdicts about scans that were sent on, in a message of their own; returns how many were told.

    One that is refused is not told again before the scan is judged again, and the others go. OSError when the national
    side is away.
    """
    waiting = intake.charter_checks.untold(AT_ONCE)
    while waiting:
        message = Receipts(gateway=messages.gateway_name(), verdicts=tuple(_verdict(*one) for one in waiting))
        try:
            door.wall().post_receipts(dump(message))
        except MessageRefused as refused:
            found = _ENTRY.search(refused.place)
            if found is None or int(found[1]) >= len(waiting):
                log.error("verdicts_refused", place=refused.place)
                raise
            check, _ = waiting.pop(int(found[1]))
            log.warning("verdict_refused", key=check.pk)
            intake.charter_checks.told([check])
        else:
            return intake.charter_checks.told(check for check, _ in waiting)
    return 0


def _verdict(check: intake.CharterCheck, row: intake.LedgerRow) -> CharterVerdict:
    found = verdict_of(check.verdict or {})
    counts = Counter(one.attribute or SHORT for one in found.deviations)
    return CharterVerdict(
        research_study=check.research_study, site=row.site, study_uid=ObjectUid(row.object_study_uid),
        charter_version=found.version, outcome=cast("CharterOutcome", check.outcome),
        deviations=dict(sorted(counts.items())),
    )  # fmt: skip
