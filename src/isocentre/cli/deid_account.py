"""`--what-was-done`: two pages for a data protection officer, of counts, rules and made-up examples alone."""

from __future__ import annotations

from collections import Counter
from datetime import date
from importlib.metadata import version
from typing import Any

from isocentre.cli.deid_report import STATUSES, Totals
from isocentre.cli.deid_words import SHOWN
from isocentre.core.deid import account
from isocentre.core.deid.attributes import attribute
from isocentre.core.deid.profile import Profile
from isocentre.profiles import is_draft
from isocentre.web import printed


def page(profile: Profile, totals: Totals, people: int, waiver: str) -> str:
    """The page as HTML: no script, nothing from elsewhere, made to be printed on two sides of A4."""
    return printed.page("what_was_done", facts(profile, totals, people, waiver))


def facts(profile: Profile, totals: Totals, people: int, waiver: str) -> dict[str, Any]:
    """What the page says, each from what was counted or from the profile."""
    today = date.today()  # noqa: DTZ011 - the day where the person is
    rest = [name for _, name in _second(totals)]
    listed = [(SHOWN[status], words, count) for (status, _, words), count in totals.causes.most_common()]
    return account.told(profile) | {
        "day": f"{today.day} {today:%B %Y}", "version": version("isocentre"), "draft": is_draft(profile),
        "statuses": [(SHOWN[name], totals.statuses[name]) for name in STATUSES], "people": people,
        "total": totals.statuses.total(), "kinds": account.kinds(totals.classes, profile, STATUSES, "see the report"),
        "causes": account.causes(listed), "groups": groups(profile, totals), "pictures": totals.pictures,
        "faces": totals.faces, "waiver": bool(waiver.strip()), "cleaned": totals.cleaned.total(),
        "things": "files", "passed": "written", "counted": True, "leads": ", the report or the maps",
        "found": sum(count for count, _ in _second(totals)), "found_words": sorted(set(rest)),
    }  # fmt: skip


def _second(totals: Totals) -> list[tuple[int, str]]:
    """What the second check held: count and words."""
    return [(count, words) for (_, reason, words), count in totals.causes.items() if reason == "second_check"]


def groups(profile: Profile, totals: Totals) -> list[dict[str, Any]]:
    """Of each group of attributes: elements treated, and an example that nobody ever was."""
    done = sorted(uid for uid, status in totals.classes if uid and status == "done")
    counted: Counter[str] = Counter()
    for code, count in totals.tags.items():
        counted[attribute(int(code[:8], 16)).group] += count
    # What stayed or went of private groups under 113111 is counted by action alone.
    counted["private"] += max(totals.actions.total() - totals.tags.total(), 0)
    return account.groups(profile, done, counted)
