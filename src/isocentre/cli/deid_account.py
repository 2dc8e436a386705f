"""`--what-was-done`: two pages for a data protection officer, of counts, rules and made-up examples alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from isocentre.cli.deid_report import STATUSES, Totals
from isocentre.cli.deid_words import SHOWN
from isocentre.core.deid import explain
from isocentre.core.deid.attributes import GROUPS, attribute
from isocentre.core.deid.difference import DATES, DISPOSITIONS
from isocentre.core.deid.profile import NAMES, Profile
from isocentre.core.dicom import dictionary
from isocentre.profiles import is_draft

_MOST = 6
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
    explain.CLEANED: "words of the trade stay, all others go", explain.WRITTEN: "the pseudonym",
    explain.PICTURE: "the same, where the tables above do not say otherwise",
}  # fmt: skip
_GIVEN = {"full": "as they are", "shifted": "moved", "removed": "removed"}


def page(profile: Profile, totals: Totals, people: int, waiver: str) -> str:
    """The page as HTML: no script, nothing from elsewhere, made to be printed on two sides of A4."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    text = (files("isocentre.cli") / "pages" / "what_was_done.html.jinja").read_text(encoding="utf-8")
    return environment.from_string(text).render(**facts(profile, totals, people, waiver))


def facts(profile: Profile, totals: Totals, people: int, waiver: str) -> dict[str, Any]:
    """What the page says, each from what was counted or from the profile."""
    today = date.today()  # noqa: DTZ011 - the day where the person is
    rest = [name for _, name in _second(totals)]
    return {
        "day": f"{today.day} {today:%B %Y}", "version": version("isocentre"), "profile": profile,
        "draft": is_draft(profile), "dates": DATES[profile.dates].lower(), "given": _GIVEN[profile.dates],
        "statuses": [(SHOWN[name], totals.statuses[name]) for name in STATUSES], "people": people,
        "total": totals.statuses.total(), "kinds": kinds(totals, profile), "causes": causes(totals),
        "options": [(code, NAMES[code], why) for code, why in profile.justifications.items()],
        "groups": groups(profile, totals), "pictures": totals.pictures, "faces": totals.faces,
        "waiver": bool(waiver.strip()), "cleans": profile.does("clean_pixels"),
        "defaces": profile.does("clean_faces"), "cleaned": totals.cleaned.total(),
        "found": sum(count for count, _ in _second(totals)), "found_words": sorted(set(rest)),
        "safe_private": 113111 in profile.options, "uids_kept": profile.keeps_uids,
        "device": 113109 in profile.options, "patient": 113108 in profile.options,
        "place": 113112 in profile.options, "texts": bool({113103, 113104, 113105} & set(profile.options)),
    }  # fmt: skip


def _second(totals: Totals) -> list[tuple[int, str]]:
    """What the second check held: count and words."""
    return [(count, words) for (_, reason, words), count in totals.causes.items() if reason == "second_check"]


def kinds(totals: Totals, profile: Profile) -> list[tuple[str, str, list[int]]]:
    """Kind of object, what the profile does with it, files by status; the rarest together."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for (uid, status), count in totals.classes.items():
        found[uid][status] += count
    listed = sorted(found.items(), key=lambda one: (-one[1].total(), one[0]))
    rows = [(_kind(uid), _disposition(profile, uid), counts) for uid, counts in listed[:_MOST]]
    if len(listed) > _MOST:
        rest = sum((counts for _, counts in listed[_MOST:]), Counter[str]())
        rows.append((f"{len(listed) - _MOST} kinds more", "see the report", rest))
    return [(name, done, [counts[status] for status in STATUSES]) for name, done, counts in rows]


def _kind(uid: str) -> str:
    known = dictionary.uid_name(uid).removesuffix(" Storage") if uid else "No DICOM object, or of no known kind"
    # A UID that nobody knows may be of a person's own making: it is not shown.
    return "A kind that DICOM does not know" if known == uid else known


def _disposition(profile: Profile, uid: str) -> str:
    if uid not in profile.sop_classes:
        return "Hold: not named" if uid else "-"
    return DISPOSITIONS.get(profile.rule(uid).disposition, profile.rule(uid).disposition)


def causes(totals: Totals) -> list[tuple[str, str, int]]:
    """Why files were not written: status, words, files; the rarest together."""
    listed = totals.causes.most_common()
    rows = [(SHOWN[status], words, count) for (status, _, words), count in listed[:_MOST]]
    if len(listed) > _MOST:
        rows.append(("other", f"{len(listed) - _MOST} causes more", sum(count for _, count in listed[_MOST:])))
    return rows


def groups(profile: Profile, totals: Totals) -> list[dict[str, Any]]:
    """Of each group of attributes: elements treated, and an example that nobody ever was."""
    done = tuple(sorted(uid for uid, status in totals.classes if uid and status == "done"))
    counted: Counter[str] = Counter()
    for code, count in totals.tags.items():
        counted[attribute(int(code[:8], 16)).group] += count
    # What stayed or went of private groups under 113111 is counted by action alone.
    counted["private"] += max(totals.actions.total() - totals.tags.total(), 0)
    rows = []
    for key, name in GROUPS.items():
        tag, before = _MADE_UP[key]
        told = explain.tell(profile, attribute(tag), done or explain.passing(profile))
        first = next(iter(told.top))
        rows.append({
            "name": name, "count": counted[key], "attribute": told.attribute.name, "before": before,
            "after": _AFTER.get(first, explain.lower(first)), "done": told.words, "why": told.why,
        })  # fmt: skip
    return rows
