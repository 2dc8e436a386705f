"""Addresses of the repository browser: scans, one scan, a series of it, an image with its header."""

from __future__ import annotations

from django.urls import path

from isocentre.rooms.archive import pages

app_name = "archive"
urlpatterns = [
    path("", pages.scans, name="scans"),
    path("<str:study_uid>", pages.scan, name="scan"),
    path("<str:study_uid>/<str:series_uid>", pages.series, name="series"),
    path("<str:study_uid>/<str:series_uid>/<str:object_uid>", pages.instance, name="instance"),
]
