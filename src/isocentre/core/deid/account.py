"""What was done to images, for a data protection officer: the part that a profile and counts tell by themselves.

Nothing in it is of a patient: examples are made up, and a kind of object that DICOM does not know is not named.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from isocentre.core.deid import explain
from isocentre.core.deid.attributes import GROUPS, attribute
from isocentre.core.deid.difference import DATES, DISPOSITIONS
from isocentre.core.deid.profile import NAMES, Profile
from isocentre.core.dicom import dictionary

MOST = 6
"""Rows of a table that may grow: the rest is one row, for it is two pages."""
_MADE_UP = {
    "people": (0x00100010, "SPECIMEN^ANNA"), "dates": (0x00080020, "20191105"), "device": (0x00181000, "SN-0000"),
    "institution": (0x00080080, "SPECIMEN HOSPITAL"), "text": (0x00081030, "CT CHEST FOR DR SPECIMEN"),
    "uids": (0x00080018, "1.2.3.4"), "private": (0x00091001, "SPECIMEN"), "pixels": (0x7FE00010, "the picture"),
    "study": (0x00120040, "SPECIMEN-7"), "other": (0x00104000, "SEE LETTER OF A SPECIMEN"),
}  # fmt: skip
_AFTER = {
    explain.PSEUDONYM: "P-EXAMPLE23456", explain.REMOVED: "gone", explain.EMPTIED: "empty",
    explain.MADE_UP: "REMOVED", explain.UID: "2.25.123456789", explain.SHIFTED: "20190514", explain.KEPT: "the same",
    explain.SCANNER: "NORTH-CT1",
    explain.CLEANED: "words of the trade stay, all others go", explain.WRITTEN: "the pseudonym",
    explain.PICTURE: "the same, where the tables above do not say otherwise",
}  # fmt: skip
_GIVEN = {"full": "as they are", "shifted": "moved", "removed": "removed"}


def told(profile: Profile) -> dict[str, Any]:
    """What the profile alone tells: its options with their reasons, and what they come to."""
    options = set(profile.options)
    return {
        "profile": profile, "dates": DATES[profile.dates].lower(), "given": _GIVEN[profile.dates],
        "options": [(code, NAMES[code], why) for code, why in profile.justifications.items()],
        "cleans": profile.cleans_pixels, "defaces": profile.cleans_faces, "sample": profile.sample,
        "safe_private": 113111 in options, "uids_kept": profile.keeps_uids, "device": 113109 in options,
        "patient": 113108 in options, "place": 113112 in options, "texts": bool({113103, 113104, 113105} & options),
    }  # fmt: skip


def kinds(
    classes: Mapping[tuple[str, str], int], profile: Profile, statuses: Sequence[str], more: str
) -> list[tuple[str, str, list[int]]]:
    """Kind of object, what the profile does with it, how many by status; the rarest together, `more` beside them."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for (uid, status), count in classes.items():
        found[uid][status] += count
    listed = sorted(found.items(), key=lambda one: (-one[1].total(), one[0]))
    rows = [(_kind(uid), _disposition(profile, uid), counts) for uid, counts in listed[:MOST]]
    if len(listed) > MOST:
        rest = sum((counts for _, counts in listed[MOST:]), Counter[str]())
        rows.append((f"{len(listed) - MOST} kinds more", more, rest))
    return [(name, done, [counts[status] for status in statuses]) for name, done, counts in rows]


def _kind(uid: str) -> str:
    known = dictionary.uid_name(uid).removesuffix(" Storage") if uid else "No DICOM object, or of no known kind"
    # A UID that nobody knows may be of a person's own making: it is not shown.
    return "A kind that DICOM does not know" if known == uid else known


def _disposition(profile: Profile, uid: str) -> str:
    if uid not in profile.sop_classes:
        return "Hold: not named" if uid else "-"
    return DISPOSITIONS.get(profile.rule(uid).disposition, profile.rule(uid).disposition)


def causes(listed: Sequence[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """Why objects were not written, commonest first (fate, words, how many); the rarest together."""
    rows = list(listed[:MOST])
    if len(listed) > MOST:
        rows.append(("other", f"{len(listed) - MOST} causes more", sum(count for _, _, count in listed[MOST:])))
    return rows


def groups(profile: Profile, done: Sequence[str], counted: Mapping[str, int]) -> list[dict[str, Any]]:
    """Of each group of attributes: elements treated (`counted`), and an example that nobody ever was.

    `done`: SOP classes of what was written; without one, those that the profile lets pass.
    """
    rows = []
    for key, name in GROUPS.items():
        tag, before = _MADE_UP[key]
        one = explain.tell(profile, attribute(tag), tuple(done) or explain.passing(profile))
        first = next(iter(one.top))
        rows.append({
            "name": name, "count": counted.get(key, 0), "attribute": one.attribute.name, "before": before,
            "after": _AFTER.get(first, explain.lower(first)), "done": one.words, "why": one.why,
        })  # fmt: skip
    return rows
