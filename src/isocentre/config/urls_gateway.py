"""Addresses of the hospital side."""

from __future__ import annotations

from django.urls import include, path

from isocentre.api import hospital
from isocentre.config import urls_common

urlpatterns = [
    path("intake/research-studies/", include("isocentre.rooms.deid.study_urls")),
    path("intake/", include("isocentre.rooms.intake.urls")),
    path("deid/", include("isocentre.rooms.deid.urls")),
    path("api/v1/", include(hospital.urls())),
    *urls_common.urlpatterns,
]

handler400 = "isocentre.web.errors.bad_request"
handler403 = "isocentre.web.errors.forbidden"
handler404 = "isocentre.web.errors.not_found"
handler500 = "isocentre.web.errors.failed"
