"""Error pages in words: what happened, what to do now, whom to ask. A person never meets a traceback.

A URLconf names them: handler400 = "isocentre.web.errors.bad_request" and so on.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable

import structlog
from django.conf import settings
from django.core.exceptions import DisallowedHost, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import render

from isocentre.web.problem import problem, wants_json

log = structlog.get_logger(__name__)

WORDS: dict[int, tuple[str, str, str]] = {
    400: (
        "We could not read that request",
        "Something in the address or the form was not as this page expects it. Nothing was changed.",
        "Go back, check what you entered and try again. If it happens again, tell your side's administrator.",
    ),
    403: (
        "Your role does not allow this",
        "You are signed in, but the role you are acting in may not open this page or do this. Nothing was changed.",
        "If you hold another role, choose it at the top of the page. Otherwise ask your side's administrator.",
    ),
    404: (
        "There is no such page here",
        "The address leads to nothing, or to something the role you are acting in may not see.",
        "Check the address, or search from the top of the page. If you hold another role, choose it and try again.",
    ),
    405: (
        "This address takes a form, and shows nothing of its own",
        "You came here by a link, by loading the page again, or by signing in again half-way. Nothing was changed.",
        "Go to the page you were on and send its form once more.",
    ),
    500: (
        "Something went wrong on our side",
        "The page could not be made. What had been saved before is safe, and scans keep arriving.",
        "Try again in a minute. If it happens again, tell your side's administrator what you were doing and when.",
    ),
}


class Refused(PermissionDenied):
    """403 with a reason in words for the person: a sentence, without any value of what was asked for."""


def page(request: HttpRequest, status: int, reason: str = "") -> HttpResponse:
    """The page, or problem+json for a program; `reason` instead of what the status says happened."""
    title, happened, todo = WORDS[status]
    happened = f"{reason} Nothing was changed." if reason else happened
    reference = refer(request, status)
    if wants_json(request):
        return problem(status, happened, next_action=todo, **({"reference": reference} if reference else {}))
    shown = {"title": title, "happened": happened, "todo": todo, "reference": reference}
    return render(request, "web/error.html", shown, status=status)


def refer(request: HttpRequest, status: int) -> str:
    """A number for the person to tell, which the log has beside the kind of page and error: never an address or value.

    Only of what went wrong here, and of what somebody signed in was refused: strangers try addresses all day. A request
    keeps its first number.
    """
    actor = getattr(request, "actor", None)
    if status < 500 and actor is None:
        return ""
    known: str = getattr(request, "reference", "")
    if known:
        return known
    number = f"{secrets.randbelow(10**8):08}"
    request.reference = reference = f"{number[:4]}-{number[4:]}"  # type: ignore[attr-defined]  # for the log's own line
    match = request.resolver_match
    kind = sys.exc_info()[0]
    log.warning(
        "page refused" if status < 500 else "page failed",
        reference=reference,
        status=status,
        page=match.view_name if match else "",
        role=getattr(actor, "role", ""),
        kind=kind.__name__ if kind else "",
    )
    return reference


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400; under a name this side does not go by, with the name it does (ISOCENTRE_PUBLIC_URL)."""
    if isinstance(exception, DisallowedHost):
        words = f"This side does not go by the name you called it. Its address is {settings.PUBLIC_URL}/\n"
        return HttpResponse(words, status=400, content_type="text/plain; charset=utf-8")
    return page(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """403; with its reason where it has one for a person to read."""
    return page(request, 403, str(exception) if isinstance(exception, Refused) else "")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """404: the same page whether it is not there or not for this person."""
    return page(request, 404)


class WordsForNotAllowed:
    """405 in words: Django's own is empty, and a browser then shows nothing a person could act on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, with a body where it had none for a person."""
        answer = self.get_response(request)
        if not isinstance(answer, HttpResponseNotAllowed) or answer.content or request.method not in ("GET", "POST"):
            return answer
        told = page(request, 405)
        told.headers["Allow"] = answer.headers["Allow"]
        return told


def failed(request: HttpRequest) -> HttpResponseBase:
    """500: in words even when the database is away, and so without the frame of the page."""
    title, happened, todo = WORDS[500]
    try:
        return page(request, 500)
    except Exception as error:  # noqa: BLE001 - whatever broke the page may break its frame; the person still gets words
        log.error("error page failed", kind=type(error).__name__)
        words = f"{title}\n\n{happened}\n\n{todo}\n\nReference: {refer(request, 500)}\n"
        return HttpResponse(words, status=500, content_type="text/plain; charset=utf-8")


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """403 of a form that is too old or came from elsewhere (CSRF_FAILURE_VIEW)."""
    happened = "The form was too old, or was not sent from this site. Nothing was changed."
    todo = (
        "Go back, load the page again and send the form once more. If this is said again, this side may have another "
        f"address than the one you used: {settings.PUBLIC_URL}"
    )
    if wants_json(request):
        return problem(403, happened, next_action=todo)
    context = {"title": "This form can no longer be sent", "happened": happened, "todo": todo}
    return render(request, "web/error.html", context, status=403)
