"""POST /api/v1/gateway/join: a hospital's gateway uses its code and leaves the public half of its key."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from isocentre.people import gateways
from isocentre.web.problem import problem

MOST_BYTES = 4096


@csrf_exempt  # no cookie has any power here: the single-use code is the credential
def join(request: HttpRequest) -> HttpResponse:
    """{"code", "public_key": 64 hex digits} → {"gateway": name, "site": ODS}; 403 for a code that no longer holds."""
    if request.method != "POST":
        return problem(405, "This address answers POST only.")
    try:
        length = int(request.headers.get("Content-Length", ""))
    except ValueError:
        return problem(411, "Send the message with its Content-Length.")
    if length > MOST_BYTES:
        return problem(413, "A message to join is small.")
    try:
        data = json.loads(request.read(length))
        code, key = data["code"], data["public_key"]
        if not isinstance(code, str) or not isinstance(key, str):
            raise TypeError("both are text")
    except (ValueError, KeyError, TypeError, RecursionError):
        return problem(400, "Send JSON with code and public_key.")
    try:
        found = gateways.join(code=code, public_key=key)
    except gateways.CannotJoin as error:
        return problem(403, f"Could not join: {error}.", next_action="Ask the national side for a new code.")
    answer = JsonResponse({"gateway": found.name, "site": found.site})
    answer.headers["Cache-Control"] = "no-store"
    return answer
