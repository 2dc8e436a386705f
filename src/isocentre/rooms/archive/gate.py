"""What every DICOMweb read passes: who asks, may they, errors as problem+json."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from isocentre.core.actor import Actor
from isocentre.core.dicomweb.errors import DicomwebError
from isocentre.people.bearer import actor_from_authorization, still_valid
from isocentre.web.problem import problem

log = structlog.get_logger(__name__)
View = Callable[..., HttpResponseBase]
RECHECK = 5.0


class Ended(Exception):
    """The token or session no longer holds: the stream breaks off, so that it never looks complete."""


def reads(view: View) -> View:
    """A GET that needs `images_view`; passes `by` to the view."""

    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            return problem(405, "This address answers GET only.")
        by = actor_from_authorization(request)
        if by is None:
            answer = problem(401, "Sign in, or send a bearer token.")
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        if not by.may("images_view"):
            return problem(403, "This role may not see images.")
        try:
            response = view(request, by=by, **kwargs)
        except DicomwebError as error:
            return problem(error.status, f"{error.detail}.")
        response.headers["Cache-Control"] = "private, no-store"
        return response

    wrapped.isocentre_needs = ("images_view",)  # type: ignore[attr-defined]  # read by the matrix
    return csrf_exempt(wrapped)


def guarded(by: Actor, chunks: Iterable[bytes | memoryview]) -> Iterator[bytes | memoryview]:
    """The chunks while the actor still holds, asked every five seconds; Ended breaks the connection off."""
    asked = time.monotonic()
    for chunk in chunks:
        if time.monotonic() - asked > RECHECK:
            asked = time.monotonic()
            ensure(by)
        yield chunk


def ensure(by: Actor) -> None:
    """Ended unless the actor still holds."""
    if not still_valid(by):
        log.warning("answer_broken_off", why="access ended while images were being sent")
        raise Ended("access ended while images were being sent")
