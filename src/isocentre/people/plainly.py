"""What pages say where a door refuses: 404 for what is absent or out of scope, 403 for what the role does not do."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from django.http import Http404, HttpRequest, HttpResponseBase

from isocentre.core.checks import NotFound
from isocentre.web.errors import Refused

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)


def plainly(view: Callable[Concatenate[HttpRequest, P], R]) -> Callable[Concatenate[HttpRequest, P], R]:
    """Absent and out of scope are both 404; a change beyond the role is 403."""

    @wraps(view)
    def inner(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return view(request, *args, **kwargs)
        except NotFound as error:
            raise Http404 from error
        except PermissionError as error:
            raise Refused(str(error)) from error

    return cast("Callable[Concatenate[HttpRequest, P], R]", inner)
