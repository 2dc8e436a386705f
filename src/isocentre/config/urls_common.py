"""Addresses both zones have: sign-in, people, audit, status, health."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("isocentre.people.urls")),
    path("audit/", include("isocentre.audit.urls")),
    path("", include("isocentre.desk.urls")),
]
