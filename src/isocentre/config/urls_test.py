"""Addresses of both zones together, for unit tests of views only."""

from __future__ import annotations

from isocentre.config import urls_gateway, urls_platform

urlpatterns = [*urls_gateway.urlpatterns, *urls_platform.urlpatterns]
