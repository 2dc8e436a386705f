"""The decorators of pages: `needs` (a permission in the acting role) and `afresh` (proved again who they are)."""

from __future__ import annotations

from functools import wraps
from typing import Any

from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from isocentre.people.adapter import proved
from isocentre.web.guard import View, needs

__all__ = ["afresh", "needs"]


def afresh(view: View) -> View:
    """A dangerous act: on POST the person must have proved who they are in the last minutes, else is asked to.

    allauth keeps the form sent and goes on with it afterwards. Put `needs` above it. In the demo, whose people have
    no password, nothing is asked.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and not getattr(settings, "DEMO", False) and not proved(request):
            raise ReauthenticationRequired
        return view(request, *args, **kwargs)

    return guarded
