"""Contribution agreements as the national side tells of them: what may be sent on from where, and why not.

Nobody here accepts them. They are kept as they came, so that one ends on its last day also while the national side is
away; where it does not ask for agreements, nothing is held for want of one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from isocentre.core.agreements import in_words
from isocentre.jobs import door as jobs

CAUSE = "no_agreement"
_KEPT = "contribution_agreements"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of one site and research study: whether scans may be sent on today, or why not; `until`: the last day told."""

    research_study: str
    site: str
    why_not: str
    until: date | None

    @property
    def words(self) -> str:
        """Why nothing is sent on, as a sentence; empty when it is."""
        return f"{self.why_not[:1].upper()}{self.why_not[1:]}." if self.why_not else ""


def take(proposals: Iterable[dict[str, Any]]) -> None:
    """Keep what a `study-config` message says of agreements, and take it out of its proposals: it is none of them.

    For a caller's transaction. What it does not mention any more holds nothing back.
    """
    told = {one["slug"]: found for one in proposals if (found := one.pop("agreements", None))}
    if told != jobs.recall(_KEPT, {}):
        jobs.remember(_KEPT, told)


def of(slug: str) -> list[Agreement]:
    """The agreements of a research study at the sites of this hospital side, as told, as they stand today."""
    return _read(slug, jobs.recall(_KEPT, {}).get(slug, ()))


def _read(slug: str, told: Iterable[dict[str, Any]]) -> list[Agreement]:
    today = timezone.localdate()
    return [_agreement(slug, one, today) for one in told]


def _agreement(slug: str, told: dict[str, Any], today: date) -> Agreement:
    until = date.fromisoformat(told["until"]) if told.get("until") else None
    why_not = "" if told["receive"] is True else str(told["receive"])
    if not why_not and until is not None and until < today:
        why_not = f"the contribution agreement ended on {in_words(until)}"
    return Agreement(slug, told["site"], why_not, until)


class Agreed:
    """Answers for many rows, with what was told read once."""

    def __init__(self) -> None:
        told = jobs.recall(_KEPT, {})
        self._by_place = {(slug, one.site): one for slug, some in told.items() for one in _read(slug, some)}

    def why_not(self, slug: str, site: str) -> str:
        """Why a scan of this research study and site may not be sent on now, as a sentence; empty when it may."""
        found = self._by_place.get((slug, site))
        return found.words if found else ""
