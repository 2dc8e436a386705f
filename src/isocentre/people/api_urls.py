"""Addresses of `people` under /api/v1/, on the national side only."""

from __future__ import annotations

from django.urls import path

from isocentre.people import api

urlpatterns = [path("gateway/join", api.join, name="gateway_join")]
