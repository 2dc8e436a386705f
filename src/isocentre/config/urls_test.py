"""Addresses of both zones together, for unit tests of views only."""

from __future__ import annotations

from isocentre.config import urls_gateway, urls_platform

urlpatterns = [*urls_gateway.urlpatterns, *urls_platform.urlpatterns]

handler400 = "isocentre.web.errors.bad_request"
handler403 = "isocentre.web.errors.forbidden"
handler404 = "isocentre.web.errors.not_found"
handler500 = "isocentre.web.errors.failed"
