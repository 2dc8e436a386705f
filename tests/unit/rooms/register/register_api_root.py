"""A root of addresses with the two messages where the national side has them."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("api/v1/", include("isocentre.rooms.register.api_urls"))]
