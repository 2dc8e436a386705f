"""Proves the audit trail: finds rows changed, missing, added or cut off, and names what is not yet sealed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from django.db.models import Min

from isocentre.audit import chain
from isocentre.audit.models import AuditRow, Counted

Kind = Literal["changed", "missing", "added", "truncated", "restored"]
MOST = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was sealed, at this place in the chain, in words."""

    kind: Kind
    chain_no: int
    words: str


@dataclass(slots=True)
class Report:
    """The outcome: rows sealed, the unsealed tail (how many, since when), findings (≤ 1,000), restores told of."""

    sealed: int = 0
    unsealed: int = 0
    unsealed_since: datetime | None = None
    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """True when nothing was found."""
        return not self.findings

    def find(self, kind: Kind, chain_no: int, words: str) -> None:
        """Add a finding while there is room."""
        if len(self.findings) < MOST:
            self.findings.append(Finding(kind, chain_no, words))


def verify(home: Path) -> Report:
    """Walk the whole chain and hold it against the head file of this zone's data folder; sealing waits meanwhile."""
    report = Report()
    with chain.only_one(home, wait=True):
        tail = AuditRow.objects.filter(chain_no=None)
        report.unsealed = tail.count() + Counted.objects.count()
        since = [tail.aggregate(first=Min("at"))["first"], Counted.objects.aggregate(first=Min("first_at"))["first"]]
        report.unsealed_since = min(filter(None, since), default=None)
        marks = chain.marks(home)
        seen, last = _walk(report, {mark.chain_no for mark in marks})
    _heads(report, marks, seen, last)
    return report


def _walk(report: Report, wanted: set[int]) -> tuple[dict[int, str], tuple[int, str]]:
    """Check every row against the one before; return the digests at `wanted` places, and the last place."""
    seen: dict[int, str] = {}
    number, previous = 0, chain.START
    for row in AuditRow.objects.exclude(chain_no=None).order_by("chain_no").iterator(chunk_size=2000):
        assert row.chain_no is not None  # the query says so
        if row.chain_no < 1:
            report.find("added", row.chain_no, f"Row {row.chain_no} has a number the sealer never gives")
            continue
        if row.chain_no > number + 1:
            gap = str(number + 1) if row.chain_no == number + 2 else f"{number + 1} to {row.chain_no - 1}"
            report.find("missing", number + 1, f"Row {gap} is missing")
        elif chain.digest(previous, row, row.chain_no) != row.digest:
            report.find("changed", row.chain_no, f"Row {row.chain_no} is not what was sealed")
        number, previous = row.chain_no, row.digest
        report.sealed += 1
        if number in wanted:
            seen[number] = previous
    return seen, (number, previous)


def _heads(report: Report, marks: list[chain.Mark], seen: dict[int, str], last: tuple[int, str]) -> None:
    """Hold the chain against the file, from the last restore on."""
    restored = max((n for n, mark in enumerate(marks) if mark.kind == "restored"), default=-1)
    if restored >= 0:
        at = marks[restored].chain_no
        report.notes.append(Finding("restored", at, f"Restored from a backup that ended at row {at}"))
    current = marks[max(restored, 0) :]
    settled = [mark for mark in current if mark.kind != "intent"]
    reached = settled[-1].chain_no if settled else 0
    for mark in settled:
        if mark.kind == "unexplained":
            report.find("added", mark.chain_no, f"Rows up to {mark.chain_no} were not put there by the sealer")
        if mark.chain_no > last[0]:
            report.find(
                "truncated", mark.chain_no, f"The chain ends at row {last[0]}, but was sealed to {mark.chain_no}"
            )
        elif mark.chain_no and seen.get(mark.chain_no) != mark.digest:
            report.find(
                "changed", mark.chain_no, f"Row {mark.chain_no} differs from the head kept outside the database"
            )
    intents = {(mark.chain_no, mark.digest) for mark in current if mark.kind == "intent"}
    if last[0] > reached and last not in intents:
        first = reached + 1
        words = f"Rows {first} to {last[0]} are not in the head file" if marks else "The head file is missing or empty"
        report.find("added", first, words)
