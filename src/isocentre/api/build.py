"""Makes the API of one side from its routers: OpenAPI document, errors, and the gate before every address."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe
from ninja import NinjaAPI, Router
from ninja.parser import Parser
from ninja.security.base import AuthBase

from isocentre.api import gate, problems
from isocentre.api.spec import Problem

ROOT = "/api/v1/"
HOW = (
    "Every call sends a token as `Authorization: Bearer …`; people make one on this side's page Tokens, and tick what "
    "it may do and see. It never may more than its person. Lists come in pages: follow `next` until it is null. Errors "
    "are application/problem+json and say what to do. What may not be seen answers like what is not there: 404."
)


class Bearer(AuthBase):
    """How the document says that a token is sent. The gate has let through who asks before an operation is reached."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest) -> Any:
        """Who asks."""
        return getattr(request, "by", None)


class StrictJson(Parser):
    """JSON as RFC 8259 has it: NaN and Infinity are none."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body, as far as it was announced."""
        return json.loads(request.body, parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise ValueError("not JSON")


class Api(NinjaAPI):
    """One side's API, without pages of its own: those of Swagger bring scripts that no policy here allows."""

    def get_openapi_operation_id(self, operation: Any) -> str:
        """The name of the function, which is the name of what it does."""
        return str(operation.view_func.__name__)


def make(title: str, routers: Sequence[Router], *missing: type[Exception]) -> Api:
    """The API of one side; `missing`: how its rooms say that nothing is there."""
    api = Api(
        title=title, version="1", description=HOW, docs_url=None, openapi_url=None, auth=Bearer(), parser=StrictJson(),
        urls_namespace=f"api-{title}",
    )  # fmt: skip
    for router in routers:
        api.add_router("", router)
    problems.handle(api, *missing)
    return api


def document(api: Api) -> dict[str, Any]:
    """The OpenAPI document, with the form of errors."""
    said: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix=ROOT), default=str))
    said["components"]["schemas"]["Problem"] = Problem.model_json_schema()
    return said


def addresses(api: Api) -> list[URLPattern]:
    """Its addresses, each behind the gate, and the document itself."""
    whole = document(api)
    found = {}
    for one in api.urls[0]:
        route = str(one.pattern)
        said = whole["paths"].get(ROOT + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route))
        # All but the library's own root, which leads to pages there are none of; an address of two methods comes twice.
        if isinstance(one, URLPattern) and said is not None and route not in found:
            found[route] = path(route, gate.guarded(one.callback, gate.ways(said)), name=one.name)
    return [path("openapi.json", _served(whole), name="openapi"), *found.values()]


def _served(whole: dict[str, Any]) -> Callable[..., HttpResponseBase]:
    """The document as an answer: code alone, the same for everybody."""
    body = json.dumps(whole, ensure_ascii=False).encode()

    @require_safe
    def openapi(request: HttpRequest) -> HttpResponse:
        answer = HttpResponse(body, content_type="application/json")
        answer.headers["Cache-Control"] = "no-cache"
        return answer

    return openapi
