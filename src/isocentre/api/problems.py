"""What operations raise, as problem+json: what is wrong by field, and never a value that was sent."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from isocentre.core.checks import Unfit
from isocentre.web.problem import problem

NOTHING = "There is nothing of this name that you may see."


class Stale(ValueError):
    """The page that was asked for follows one that is not there any more."""


def handle(api: NinjaAPI, *missing: type[Exception]) -> None:
    """Answer what operations raise; `missing`: how this side's rooms say that nothing is there, besides Http404."""
    nothing: tuple[type[Exception], ...] = (Http404, *missing)
    for kind in nothing:
        api.add_exception_handler(kind, lambda request, error: problem(404, NOTHING))
    api.add_exception_handler(Unfit, _unfit)
    api.add_exception_handler(PermissionError, _forbidden)
    api.add_exception_handler(PermissionDenied, _forbidden)
    api.add_exception_handler(Stale, _stale)
    api.add_exception_handler(ValidationError, _not_read)
    api.add_exception_handler(HttpError, _not_json)


def _unfit(request: HttpRequest, error: Any) -> HttpResponse:
    words = "Nothing was changed. Mend what errors names, then send it again."
    return problem(422, "What was sent cannot be kept.", next_action=words, errors=error.errors)


def _forbidden(request: HttpRequest, error: Any) -> HttpResponse:
    words = f"{error}".rstrip(".")
    return problem(403, f"{words[:1].upper()}{words[1:]}.", next_action="Nothing was changed.")


def _stale(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(400, "The page this one follows is gone.", next_action="Start again, without after.")


def _not_read(request: HttpRequest, error: Any) -> HttpResponse:
    """By field, in the words of the type: pydantic's messages repeat no value, and its inputs are left out."""
    errors: dict[str, str] = {}
    for one in error.errors:
        unknown = one["type"] == "extra_forbidden"
        # Where a field is not known its name is one that was sent: it could be anything.
        where = [str(part) for part in one["loc"][1 : -1 if unknown else None] if part != "sent"]
        errors.setdefault(".".join(where) or "body", "A field is not known here" if unknown else one["msg"])
    words = "Nothing was changed. The form of each parameter and body is in /api/v1/openapi.json."
    return problem(400, "What was sent has not the form asked for.", next_action=words, errors=errors)


def _not_json(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(error.status_code, "The body is not JSON this address can read.", next_action="Nothing was changed.")
