"""Addresses of the repository browser: scans, one scan, a series of it, an image with its header."""

from __future__ import annotations

from django.urls import path

from isocentre.rooms.archive import balance, conformance, pages, selection_pages

app_name = "archive"
urlpatterns = [
    path("", pages.scans, name="scans"),
    path("ledger/", balance.ledger, name="ledger"),
    path("conformance/", conformance.conformance, name="conformance"),
    path("conformance/pdf", conformance.conformance_pdf, name="conformance_pdf"),
    path("selections/", selection_pages.listed, name="selections"),
    path("selections/freeze", selection_pages.freeze, name="freeze"),
    path("selections/of/<str:name>/", selection_pages.selection, name="selection"),
    path("selections/of/<str:name>/images", selection_pages.contents, name="selection_images"),
    path("selections/of/<str:name>/end", selection_pages.end, name="selection_end"),
    path("selections/of/<str:name>/act", selection_pages.act, name="selection_act"),
    path("selections/of/<str:name>/reopen", selection_pages.reopen, name="selection_reopen"),
    path("<str:study_uid>", pages.scan, name="scan"),
    path("<str:study_uid>/<str:series_uid>", pages.series, name="series"),
    path("<str:study_uid>/<str:series_uid>/<str:object_uid>", pages.instance, name="instance"),
]
