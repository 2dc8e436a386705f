"""What `isocentre deid` says at its end: counts, causes, and what to check before anything is sent on."""

from __future__ import annotations

from typing import Any

from isocentre.cli.deid_report import STATUSES, Totals

_FEW = 20
SHOWN = {"done": "done", "held": "held", "left_out": "left out", "failed": "failed"}
FULL = "The disk is full."
BROKEN = """A process was ended from outside, most often because memory ran out.
What is done is kept: the same command goes on, and --jobs with a smaller number needs less memory."""
CHECKS = """
Before anything is sent on, check:
  1. The pictures. Text burned into a picture is found only where the profile reads pictures, or the file says so:
     look at some yourself.
  2. The held files. They were not written; --report FILE.json says which they are, and why.
  3. The key, the report and the maps. They lead back to patients: keep them where the originals are kept.
  4. The people. Pseudonyms come from patient id and issuer alone, without an enrolment list: one person under two
     ids has two pseudonyms, and another key gives other pseudonyms, UIDs and dates."""
DRY = "\nNothing was written. The same command without --dry-run does it."


def counted(totals: Totals, dry: bool) -> str:
    """Files by status in one sentence."""
    would = {"done": "would be de-identified", "held": "held", "left_out": "left out", "failed": "could not be read"}
    words = would if dry else SHOWN
    return ", ".join(f"{totals.statuses[status]} {words[status]}" for status in STATUSES) + "."


def lines(totals: Totals, dry: bool) -> list[str]:
    """What a person reads at the end."""
    if not totals.statuses.total():
        return ["There is no file at SRC."]
    out = [counted(totals, dry)]
    causes = totals.causes.most_common()
    out += [f"  {count} {SHOWN[status]}: {words}" for (status, _, words), count in causes[:_FEW]]
    if len(causes) > _FEW:
        out.append(f"  and {len(causes) - _FEW} causes more: see --report FILE.json.")
    return [*out, DRY if dry else CHECKS]


def plain(totals: Totals, dry: bool) -> dict[str, Any]:
    """The same for programs."""
    causes = [
        {"status": status, "reason": reason, "words": words, "files": count}
        for (status, reason, words), count in totals.causes.most_common()
    ]
    return {"dry_run": dry, "totals": totals.plain(), "causes": causes, "attributes": totals.attributes()}


def stopped(totals: Totals, dry: bool, *, ended: bool = False) -> str:
    """After Ctrl-C, or when the system asked it to end."""
    files = f"Stopped after {totals.statuses.total()} files{', for it was asked to end (SIGTERM)' if ended else ''}."
    if dry:
        return f"{files} Nothing was written."
    return f"{files} What is done is kept: the same command goes on, and writes report and maps of the whole."
