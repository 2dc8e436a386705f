"""Addresses of the hospital side."""

from __future__ import annotations

from django.urls import URLPattern, include, path

from isocentre.config import urls_common
from isocentre.config.later import Later


def _api() -> list[URLPattern]:
    """The API, which nobody may ever ask here (ADR 0038)."""
    from isocentre.api import hospital

    return hospital.urls()


urlpatterns = [
    path("intake/research-studies/", include("isocentre.rooms.deid.study_urls")),
    path("intake/", include("isocentre.rooms.intake.urls")),
    path("deid/", include("isocentre.rooms.deid.urls")),
    Later("api/v1/", "api", _api),
    *urls_common.urlpatterns,
]

handler400 = "isocentre.web.errors.bad_request"
handler403 = "isocentre.web.errors.forbidden"
handler404 = "isocentre.web.errors.not_found"
handler500 = "isocentre.web.errors.failed"
