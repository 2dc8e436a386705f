"""What every page knows: the side it is on, whether it is the demo, who is acting."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, Any]:
    """Context of the layout."""
    return {
        "side": "hospital side" if settings.ZONE == "gateway" else "national side",
        "demo": settings.DEMO,
        "actor": getattr(request, "actor", None),
        "csp_nonce": getattr(request, "csp_nonce", ""),
    }
