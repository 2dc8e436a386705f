"""Addresses of the hospital side."""

from __future__ import annotations

from django.urls import include, path

from isocentre.config import urls_common

urlpatterns = [
    path("intake/", include("isocentre.rooms.intake.urls")),
    path("deid/", include("isocentre.rooms.deid.urls")),
    *urls_common.urlpatterns,
]
