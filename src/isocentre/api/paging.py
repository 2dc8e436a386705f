"""Keyset pages of every list: `limit`, `after`, and the address of the next page, which carries no value of a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Schema

from isocentre.api.problems import Stale
from isocentre.web import keyset

USUAL, MOST = 100, 500
Limit = Annotated[int, Query(ge=1, le=MOST, description="Most rows of a page")]
After = Annotated[str, Query(description="Where the page begins: taken from `next`, never made up")]


class Page(Schema):
    """One page of a list; `next` is the address of the next one, null on the last."""

    next: str | None = None


def of_rows(
    request: HttpRequest, rows: QuerySet[Any], *, sort: str, tie: str, after: str, limit: int
) -> tuple[list[Any], str | None]:
    """A page of a query set by `sort`, ties settled by the unique `tie`; Stale where `after` is not there any more."""
    try:
        if after and not rows.filter(**{tie: after}).exists():
            raise Stale("no such row")
    except (ValueError, OverflowError, ValidationError):
        raise Stale("no such row") from None
    found = keyset.of_queryset(rows, sort, after, limit, tie)
    return found.rows, _next(request, found.after)


def of_list(
    request: HttpRequest, rows: Sequence[Any], *, key: Callable[[Any], str], after: str, limit: int
) -> tuple[list[Any], str | None]:
    """A page of a list, in the order it has; `key` is a row's stable name."""
    keys = [key(row) for row in rows]
    if after and after not in keys:
        raise Stale("no such row")
    start = keys.index(after) + 1 if after else 0
    found = list(rows[start : start + limit])
    return found, _next(request, keys[start + limit - 1] if len(rows) > start + limit else "")


def _next(request: HttpRequest, after: str) -> str | None:
    if not after:
        return None
    query = request.GET.copy()
    query["after"] = after
    return f"{request.path}?{query.urlencode()}"
