"""What every request of the API passes before its operation: who asks, may they, with which method and parameters."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from isocentre.api.spec import PERMISSIONS
from isocentre.core.actor import Actor
from isocentre.people.bearer import actor_from_authorization
from isocentre.web.problem import problem

MOST_BYTES = 2 * 1024 * 1024
LONGEST = 200
"""Characters of a parameter."""
View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Way:
    """One method of one address: permissions of which one is needed, and the query parameters it knows."""

    needs: tuple[str, ...]
    known: frozenset[str]


def ways(operations: Mapping[str, Any]) -> dict[str, Way]:
    """The methods of one path of the OpenAPI document; KeyError where one does not say who may call it."""
    return {
        method.upper(): Way(
            tuple(one[PERMISSIONS]),
            frozenset(p["name"] for p in one.get("parameters", ()) if p["in"] == "query"),
        )
        for method, one in operations.items()
    }


def guarded(view: View, methods: Mapping[str, Way]) -> View:
    """The view behind the gate. Its permissions are left on it as `isocentre_needs`, where the matrix reads them."""
    anything = tuple(dict.fromkeys(p for way in methods.values() for p in way.needs))

    def address(request: HttpRequest, **named: Any) -> HttpResponseBase:
        answer = _refused(request, methods, anything, named.values())
        if answer is None:
            # A HEAD is a GET of which the server sends no body.
            request.method = "GET" if request.method == "HEAD" else request.method
            answer = view(request, **named)
        answer.headers["Cache-Control"] = "private, no-store"
        return answer

    address.isocentre_needs = anything  # type: ignore[attr-defined]  # read by the matrix
    return csrf_exempt(address)  # a session may only GET, so no cookie has any power here


def _refused(
    request: HttpRequest, methods: Mapping[str, Way], anything: Collection[str], named: Collection[Any]
) -> HttpResponseBase | None:
    """The answer that refuses the request; None when it may pass, with `request.by` set."""
    by = actor_from_authorization(request)
    if by is None:
        return _nobody(request)
    method = "GET" if request.method == "HEAD" else str(request.method)
    if by.kind == "person" and method != "GET":
        return _challenged("A signed-in browser only reads here.", "Send a token: people make one under Tokens.")
    way = methods.get(method)
    if not any(by.may(one) for one in (way.needs if way else anything)):
        return _not_allowed(by, way.needs if way else anything)
    if way is None:
        allowed = ", ".join(sorted(methods))
        answer = problem(405, f"This address answers {allowed} only.", next_action="Look in /api/v1/openapi.json.")
        answer.headers["Allow"] = allowed
        return answer
    request.by = by  # type: ignore[attr-defined]  # Django's request takes attributes
    if not all(str(one).isprintable() and len(str(one)) <= LONGEST for one in named):
        return problem(404, "There is nothing of this name that you may see.")
    return _unreadable(request, way)


def _nobody(request: HttpRequest) -> HttpResponseBase:
    if request.headers.get("Authorization"):
        words = "The token does not hold: it has expired, was revoked, or was not made on this side."
        return _challenged(words, "Make a new one under Tokens, on this side.")
    return _challenged("No token was sent.", "Send Authorization: Bearer and a token. People make one under Tokens.")


def _challenged(words: str, todo: str) -> HttpResponseBase:
    answer = problem(401, words, next_action=todo)
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _not_allowed(by: Actor, needed: Collection[str]) -> HttpResponseBase:
    what = " or ".join(needed)
    if by.kind == "person":
        return problem(403, f"Your current role may not do this: it needs {what}.", next_action="Choose another role.")
    todo = "Make a token with it. If you are not offered it, your role has it not: ask your side's administrator."
    return problem(403, f"The token may not do this: it needs {what}.", next_action=todo)


def _unreadable(request: HttpRequest, way: Way) -> HttpResponseBase | None:
    """The answer to parameters or a body that no operation should meet; None when they can be read."""
    unknown = sorted(set(request.GET) - way.known)
    if unknown:
        known = ", ".join(sorted(way.known)) or "none"
        return problem(400, "A parameter is not known here.", next_action=f"Known are: {known}.")
    for name, values in request.GET.lists():
        if len(values) > 1 or not values[0].isprintable() or len(values[0]) > LONGEST:
            words = f"Give {name} once, in at most {LONGEST} printable characters."
            return problem(400, f"The parameter {name} cannot be read.", next_action=words)
    return _body(request) if request.method == "POST" else None


def _body(request: HttpRequest) -> HttpResponseBase | None:
    if request.content_type != "application/json":
        return problem(415, "Send application/json.", next_action="Nothing was changed.")
    try:
        length = int(request.headers.get("Content-Length", ""))
    except ValueError:
        return problem(411, "Send the body with its Content-Length.", next_action="Nothing was changed.")
    if length > MOST_BYTES:
        return problem(413, f"A body may have {MOST_BYTES // 1024 // 1024} MB.", next_action="Send it in parts.")
    return None
