"""Errors for programs: problem+json (RFC 9457), always with what to do next and never with an identifier."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse

TITLES = {
    400: "The request could not be read",
    401: "Sign in or send a token",
    403: "Not allowed in this role",
    404: "Not found",
    405: "Not done this way",
    406: "Not available in the form asked for",
    409: "In conflict with what is there",
    411: "Not without its length",
    413: "Too large",
    415: "Not a form this address reads",
    422: "Not fit to keep",
    429: "Too many requests",
    500: "Something went wrong here",
    503: "Not ready",
}


def problem(status: int, detail: str, *, next_action: str = "", **extra: Any) -> JsonResponse:
    """A problem+json answer: `status`, a title from the table, `detail` and `next_action` in words."""
    body: dict[str, Any] = {"type": "about:blank", "title": TITLES.get(status, "Error"), "status": status}
    body["detail"] = detail
    if next_action:
        body["next_action"] = next_action
    body.update(extra)
    return JsonResponse(body, status=status, content_type="application/problem+json")


def wants_json(request: HttpRequest) -> bool:
    """True for a program: an API or DICOMweb address, or an Accept header that names JSON before HTML."""
    if request.path_info.startswith(("/api/", "/dicomweb")):
        return True
    return "json" in (request.get_preferred_type(["text/html", "application/json", "application/problem+json"]) or "")
