"""The viewer: OHIF as packed, served by us over our own DICOMweb with the person's own scope (ADR-0007).

OHIF wants its hashed files at the root of the site; only names on the generated allow-list are answered.
"""

from __future__ import annotations

import json
import mimetypes
from functools import cache
from pathlib import Path
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from isocentre.people.guard import needs
from isocentre.web.context import address

FOLDER = Path(__file__).resolve().parents[1] / "web" / "viewer"
CSP = (
    "default-src 'self'; script-src 'self' {hashes} 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' blob: data:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
CONFIG = Path(__file__).with_name("viewer_config.js")


@cache
def _list() -> dict[str, Any]:
    """The generated allow-list; empty when the viewer has not been fetched."""
    try:
        found: dict[str, Any] = json.loads((FOLDER / "allowlist.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"files": {}, "inline_script_hashes": []}
    return found


@needs("images_view")
@require_safe
def viewer(request: HttpRequest) -> HttpResponseBase:
    """GET /viewer?StudyInstanceUIDs=…: OHIF's page; what it may see is what DICOMweb shows this person.

    Without a scan to open it would be a black page (its own list of scans is switched off): the repository browser
    is where scans are looked for.
    """
    if not any(name.lower() == "studyinstanceuids" and value for name, value in request.GET.items()):
        return redirect(address("archive:scans") or "/")
    page = FOLDER / "index.html"
    if not page.is_file():
        raise Http404("The viewer has not been fetched on this machine: run `make setup` with a network once.")
    response = HttpResponse(page.read_bytes(), content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = CSP.format(hashes=" ".join(_list()["inline_script_hashes"]))
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_safe
def config(request: HttpRequest) -> HttpResponseBase:
    """GET /app-config.js: where the viewer finds its images, and the line every viewer page carries."""
    return HttpResponse(CONFIG.read_bytes(), content_type="text/javascript; charset=utf-8")


def file(request: HttpRequest, name: str) -> HttpResponseBase:
    """GET /NAME: a file of the viewer on the allow-list, 404 for anything else and every other method."""
    if request.method not in ("GET", "HEAD") or name not in _list()["files"]:
        raise Http404("There is no page at this address.")
    kind = "application/wasm" if name.endswith(".wasm") else mimetypes.guess_type(name)[0]
    response = FileResponse((FOLDER / name).open("rb"), content_type=kind or "application/octet-stream")
    response.headers["Cache-Control"] = "public, max-age=86400"
    # A worker runs under the policy of its own file, and the page's policy must hold for it too.
    response.headers["Content-Security-Policy"] = CSP.format(hashes="")
    return response
