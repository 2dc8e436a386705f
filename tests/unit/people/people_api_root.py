"""Where `people`'s API addresses stand in the tests, as on the national side."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("api/v1/", include("isocentre.people.api_urls"))]
