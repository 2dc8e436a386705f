"""Addresses of the archive: DICOMweb, rendered images, the repository browser."""

from __future__ import annotations

from django.urls import include, path

from isocentre.rooms.archive import dicomweb_urls
from isocentre.rooms.archive.rendered import rendered_urls

urlpatterns = [
    path("archive/", include("isocentre.rooms.archive.page_urls")),
    path("dicomweb/", include([*dicomweb_urls.urlpatterns, *rendered_urls])),
]
