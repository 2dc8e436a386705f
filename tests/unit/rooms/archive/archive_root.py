"""The national side's addresses, with those of the repository browser and of rendered images."""

from __future__ import annotations

from django.urls import include, path

from isocentre.config import urls_platform
from isocentre.rooms.archive.rendered import rendered_urls

urlpatterns = [
    path("dicomweb/", include(rendered_urls)),
    path("archive/", include("isocentre.rooms.archive.page_urls")),
    *urls_platform.urlpatterns,
]
