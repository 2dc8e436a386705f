"""Addresses of the national side."""

from __future__ import annotations

from django.urls import URLPattern, include, path

from isocentre.config import urls_common
from isocentre.config.later import Later


def _api() -> list[URLPattern]:
    """The API, which nobody may ever ask here (ADR 0038)."""
    from isocentre.api import national

    return national.urls()


urlpatterns = [
    path("", include("isocentre.rooms.archive.urls")),
    path("api/v1/", include("isocentre.rooms.register.api_urls")),
    path("api/v1/", include("isocentre.people.api_urls")),
    Later("api/v1/", "api", _api),
    path("register/", include("isocentre.rooms.register.urls")),
    path("agreements/", include("isocentre.rooms.register.agreement_urls")),
    path("charters/", include("isocentre.rooms.trials.urls")),
    path("network/", include("isocentre.rooms.network.urls")),
    *urls_common.urlpatterns,
    path("", include("isocentre.desk.viewer_urls")),  # last: the viewer's files lie at the root
]

handler400 = "isocentre.web.errors.bad_request"
handler403 = "isocentre.web.errors.forbidden"
handler404 = "isocentre.web.errors.not_found"
handler500 = "isocentre.web.errors.failed"
