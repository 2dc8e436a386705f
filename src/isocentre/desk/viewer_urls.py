"""Addresses of the viewer; included last on the national side, since its files lie at the root."""

from __future__ import annotations

from django.urls import path

from isocentre.desk import viewer

urlpatterns = [
    path("viewer", viewer.viewer, name="viewer"),
    path("app-config.js", viewer.config, name="viewer_config"),
    path("<path:name>", viewer.file, name="viewer_file"),
]
