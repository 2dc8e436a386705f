"""What this hospital calls its research studies and sites, from the proposals taken in (web/names.py)."""

from __future__ import annotations

from collections.abc import Collection

from isocentre.jobs import door as jobs
from isocentre.rooms.intake.models import CANARY, UNASSIGNED, ResearchStudy


def titles(slugs: Collection[str] | None) -> dict[str, str]:
    """Titles of these research studies, or of all; with words for scans of none where those are asked for."""
    rows = ResearchStudy.objects.exclude(slug=CANARY)
    if slugs is None:
        return dict(rows.values_list("slug", "title"))
    none = {UNASSIGNED: "No research study"} if UNASSIGNED in slugs else {}
    return {**dict(rows.filter(slug__in=sorted(set(slugs))).values_list("slug", "title")), **none}


def names(codes: Collection[str] | None) -> dict[str, str]:
    """Names of this hospital's sites: of these, or of all."""
    named: dict[str, str] = {**dict.fromkeys(jobs.recall("sites", []), ""), **jobs.recall("site_names", {})}
    return {code: name or code for code, name in named.items() if codes is None or code in codes}
