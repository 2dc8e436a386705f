"""Serves /static/ from the installed apps, so that no second web server is needed."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import FileResponse, HttpRequest, HttpResponseBase, HttpResponseNotFound


class StaticFiles:
    """Answers GET /static/… with the file a staticfiles finder knows."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve or pass on."""
        if not request.path_info.startswith(str(settings.STATIC_URL)) or request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        found = finders.find(request.path_info.removeprefix(str(settings.STATIC_URL)))
        if not found:
            return HttpResponseNotFound("No such file.", content_type="text/plain")
        kind = mimetypes.guess_type(found)[0] or "application/octet-stream"
        response = FileResponse(Path(found).open("rb"), content_type=kind)  # noqa: SIM115 - the response closes it
        response.headers["Cache-Control"] = "public, max-age=3600"
        return response
