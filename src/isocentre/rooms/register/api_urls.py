"""Addresses for gateways, included at `api/v1/`."""

from __future__ import annotations

from django.urls import path

from isocentre.rooms.register import gateway_views

urlpatterns = [
    path("study-config", gateway_views.study_config, name="api_study_config"),
    path("receipts", gateway_views.receipts, name="api_receipts"),
]
