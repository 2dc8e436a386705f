"""Addresses of `desk`: start, life of a scan, search, status, help, and what machines ask."""

from __future__ import annotations

from django.urls import path

from isocentre.desk import aside, health, pages, status, support_views

urlpatterns = [
    path("", pages.front, name="home"),
    path("scan/<str:key>/", pages.scan, name="scan"),
    path("search/", pages.search, name="search"),
    path("status/", status.status, name="status"),
    path("status/support/", support_views.page, name="support"),
    path("status/set-aside/", aside.set_aside, name="set_aside"),
    path("status/set-aside/retry", aside.retry, name="set_aside_retry"),
    path("status/set-aside/drop", aside.drop, name="set_aside_drop"),
    path("help/", pages.help_index, name="help"),
    path("help/keyboard", pages.keyboard, name="keyboard"),
    path("help/<slug:topic>", pages.help_topic, name="help_topic"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
