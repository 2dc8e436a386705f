"""Names of sites by ODS code, for pages that show the site anyway (web/names.py)."""

from __future__ import annotations

from collections.abc import Collection

from isocentre.rooms.network.models import Site


def names(codes: Collection[str] | None) -> dict[str, str]:
    """Names of these sites, or of all."""
    rows = Site.objects.all() if codes is None else Site.objects.filter(ods__in=sorted(set(codes)))
    return dict(rows.values_list("ods", "name"))
