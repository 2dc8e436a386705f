"""What every operation says of itself in the OpenAPI document; the gate reads from there who may call it, and how."""

from __future__ import annotations

from typing import Any

import pydantic
from django.http import HttpRequest
from ninja import Schema

from isocentre.core.actor import Actor

PERMISSIONS = "x-permissions"
"""Of which permissions one is needed."""


class Problem(Schema):
    """RFC 9457: what went wrong, and what to do now. `errors` has a sentence by field; `reference` is told to us."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    next_action: str = ""
    errors: dict[str, str] = {}
    reference: str = ""


class PlannedEvent(Schema):
    """An imaging event of the schedule; `window` is its first and last day, counted from day 0."""

    id: str
    name: str
    time_point: str
    modalities: list[str]
    body_parts: list[str]
    procedure: str
    window: tuple[int, int]


class Sent(Schema):
    """What a program sends: a field nobody knows is refused, for it may be one that was spelt wrongly."""

    model_config = pydantic.ConfigDict(extra="forbid", str_max_length=2_000)


def needs(*permissions: str) -> dict[str, Any]:
    """`openapi_extra` of an operation: its permissions, and the problems it may answer with."""
    words = {
        400: "A parameter or the body could not be read",
        401: "The token is missing, has expired or was revoked",
        403: "The token, or the role it acts in, may not do this",
        404: "Nothing of this name that the token may see",
        422: "What was sent cannot be kept; `errors` says why by field",
    }
    form = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    answers = {code: {"description": text, "content": form} for code, text in words.items()}
    return {PERMISSIONS: list(permissions), "responses": answers}


def actor(request: HttpRequest) -> Actor:
    """Who asks, as the gate let them through."""
    by: Actor = request.by  # type: ignore[attr-defined]  # gate.guarded sets it
    return by
