"""Addresses of `audit`, under /audit/."""

from __future__ import annotations

from django.urls import path

from isocentre.audit import views

urlpatterns = [path("", views.audit, name="audit")]
