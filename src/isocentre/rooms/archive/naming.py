"""What Selections are called and are for, by name, for whoever hands out tokens of them (web/names.py)."""

from __future__ import annotations

from collections.abc import Collection

from django.utils import timezone

from isocentre.rooms.archive.models import Selection


def selections(names: Collection[str] | None) -> dict[str, str]:
    """`lung-readers: central reading`, of these Selections, or of all, while they serve."""
    rows = Selection.objects.filter(expires_on__gte=timezone.localdate(), ended=False)
    rows = rows if names is None else rows.filter(name__in=sorted(set(names)))
    return {name: f"{title}: {purpose}" for name, title, purpose in rows.values_list("name", "title", "purpose")}
