"""Purposes of Selections by name, for whoever hands out tokens of them (web/names.py)."""

from __future__ import annotations

from collections.abc import Collection

from django.utils import timezone

from isocentre.rooms.archive.models import Selection


def selections(names: Collection[str] | None) -> dict[str, str]:
    """Purposes of these Selections, or of all, while they serve."""
    rows = Selection.objects.filter(expires_on__gte=timezone.localdate())
    rows = rows if names is None else rows.filter(name__in=sorted(set(names)))
    return {name: f"{name}: {purpose}" for name, purpose in rows.values_list("name", "purpose")}
