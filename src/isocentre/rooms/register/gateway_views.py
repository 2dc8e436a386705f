"""The two messages over HTTP: a gateway fetches `study-config` and posts `receipts`, with its own signed token."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from isocentre.core.records import SCHEMA, MessageError, dump, parse_receipts
from isocentre.people.bearer import actor_from_authorization, body_fits
from isocentre.rooms.register import door
from isocentre.web.problem import problem

_PLACE = re.compile(r"\breceipts\.(\w+(?:\[\d+\])?(?:\.\w+(?:\[\d+\])?)*)")
MAX_BYTES = 16 * 1024 * 1024  # a message of MAX_ROWS receipts is about 14 MB


@csrf_exempt
def study_config(request: HttpRequest) -> HttpResponse:
    """GET /api/v1/study-config: the proposal for this gateway's sites."""
    if request.method != "GET":
        return problem(405, "This address answers GET only.")
    actor = actor_from_authorization(request)
    if actor is None:
        return _unknown()
    if actor.kind != "gateway":
        return problem(403, "Only the hospital side of a site may fetch its proposal.")
    sites = sorted(site for _, site in actor.scope.pairs)
    try:
        config = door.study_config_for(by=actor, gateway_name=actor.name, sites=sites)
    except PermissionError as error:
        return problem(403, f"{error}.")
    return _private(JsonResponse(dump(config)))


@csrf_exempt
def receipts(request: HttpRequest) -> HttpResponse:
    """POST /api/v1/receipts: what the gateway did since the last message; safe to repeat."""
    if request.method != "POST":
        return problem(405, "This address answers POST only.")
    actor = actor_from_authorization(request)
    if actor is None:
        return _unknown()
    if actor.kind != "gateway" or not actor.may("receipts_post"):
        return problem(403, "Only the hospital side of a site may report receipts.")
    data = _json(request)
    if isinstance(data, HttpResponse):
        return data
    try:
        taken = door.take_receipts(by=actor, message=parse_receipts(data))
    except MessageError as error:
        return problem(400, f"{error}.", next_action="Nothing was kept. Send a corrected message.", **_place(error))
    except PermissionError as error:
        words = "Nothing was kept. Fetch study-config and check the sites."
        return problem(403, f"{error}.", next_action=words, **_place(error))
    answer: dict[str, Any] = {
        "schema": SCHEMA,
        "sent": taken.sent,
        "repeated": taken.repeated,
        "conflicts": list(taken.conflicts),
        "times": taken.times,
        "subjects": taken.subjects,
    }
    if taken.recalled:
        answer["recalled"] = [asdict(one) for one in taken.recalled]
    return _private(JsonResponse(answer))


def _place(error: Exception) -> dict[str, str]:
    """Which part of the message is at fault, for a program: it can send the rest. Nothing when it is the whole."""
    found = _PLACE.search(str(error))
    return {"place": found[1]} if found else {}


def _unknown() -> HttpResponse:
    answer = problem(
        401, "The token is missing, has expired or was revoked.", next_action="Join the hospital side again."
    )
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _private(answer: HttpResponse) -> HttpResponse:
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _json(request: HttpRequest) -> Any:
    """The body as JSON, or the answer that refuses it. Read only as far as its stated length (threats.md 5)."""
    if request.content_type != "application/json":
        return problem(415, "Send application/json.")
    try:
        length = int(request.headers.get("Content-Length", ""))
    except ValueError:
        return problem(411, "Send the message with its Content-Length.")
    if length > MAX_BYTES:
        return problem(413, f"A message may have {MAX_BYTES // 1024 // 1024} MB.", next_action="Send it in parts.")
    body = request.read(length)
    if not body_fits(request, body):
        return problem(401, "The token was made for another message.", next_action="Nothing was kept. Send it again.")
    try:
        return json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return problem(400, "The body is not JSON this address can read.")


def _refuse(constant: str) -> None:
    """NaN and Infinity are no JSON (RFC 8259 section 6)."""
    raise ValueError("not JSON")
