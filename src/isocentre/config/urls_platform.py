"""Addresses of the national side."""

from __future__ import annotations

from django.urls import include, path

from isocentre.api import national
from isocentre.config import urls_common

urlpatterns = [
    path("", include("isocentre.rooms.archive.urls")),
    path("api/v1/", include("isocentre.rooms.register.api_urls")),
    path("api/v1/", include("isocentre.people.api_urls")),
    path("api/v1/", include(national.urls())),
    path("register/", include("isocentre.rooms.register.urls")),
    path("network/", include("isocentre.rooms.network.urls")),
    *urls_common.urlpatterns,
    path("", include("isocentre.desk.viewer_urls")),  # last: the viewer's files lie at the root
]

handler400 = "isocentre.web.errors.bad_request"
handler403 = "isocentre.web.errors.forbidden"
handler404 = "isocentre.web.errors.not_found"
handler500 = "isocentre.web.errors.failed"
