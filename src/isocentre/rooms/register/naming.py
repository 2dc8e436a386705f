"""Titles of research studies by short name, for pages that show the research study anyway (web/names.py)."""

from __future__ import annotations

from collections.abc import Collection

from isocentre.rooms.register.models import ResearchStudy


def titles(slugs: Collection[str] | None) -> dict[str, str]:
    """Titles of these research studies, or of all."""
    rows = ResearchStudy.objects.all() if slugs is None else ResearchStudy.objects.filter(slug__in=sorted(set(slugs)))
    return dict(rows.values_list("slug", "title"))
