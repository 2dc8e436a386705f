"""Keyset pages over a query set or a list: stable under new rows, and an address that carries no value of a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Model, Q, QuerySet


@dataclass(frozen=True, slots=True)
class Slice:
    """Rows of one page, and the key of the last one, after which the next page starts (empty: no next page)."""

    rows: list[Any]
    after: str


def ordered(rows: QuerySet[Any], sort: str, tie: str = "pk") -> QuerySet[Any]:
    """Rows by `sort` (a leading `-` means descending), `tie` (unique) settling ties; empty values first, or last."""
    field = sort.lstrip("-")
    if sort.startswith("-"):
        return rows.order_by(F(field).desc(nulls_last=True), f"-{tie}")
    return rows.order_by(F(field).asc(nulls_first=True), tie)


def of_queryset(rows: QuerySet[Any], sort: str, after: str, size: int, tie: str = "pk") -> Slice:
    """The `size` rows after the row whose `tie` is `after`; from the start when that row is gone.

    `tie` is named where the primary key must not be told, nor the order in which rows came.
    """
    page = ordered(rows, sort, tie)
    anchor = _anchor(rows, tie, after)
    if anchor is not None:
        field = sort.lstrip("-")
        page = page.filter(
            _beyond(field, getattr(anchor, field), getattr(anchor, tie), tie, descending=sort.startswith("-"))
        )
    found = list(page[: size + 1])
    return Slice(found[:size], str(getattr(found[size - 1], tie)) if len(found) > size else "")


def of_list(
    rows: Sequence[Any],
    sort: Callable[[Any], Any],
    key: Callable[[Any], str],
    after: str,
    size: int,
    *,
    descending: bool = False,
) -> Slice:
    """The same over a list: `sort` gives a row's sortable value, `key` its stable name."""
    listed = sorted(rows, key=lambda row: (sort(row), key(row)), reverse=descending)
    start = next((n + 1 for n, row in enumerate(listed) if after and key(row) == after), 0)
    found = listed[start : start + size]
    return Slice(found, key(found[-1]) if len(listed) > start + size else "")


def _anchor(rows: QuerySet[Any], tie: str, after: str) -> Model | None:
    if not after:
        return None
    try:
        found: Model | None = rows.filter(**{tie: after}).first()
    except (ValueError, ValidationError):
        return None  # a hand-made address: start from the beginning
    return found


def _beyond(field: str, value: Any, key: Any, tie_field: str, *, descending: bool) -> Q:
    """Rows after (value, key of the tie) in the order of `ordered`, where NULL counts as the smallest value."""
    word = "lt" if descending else "gt"
    tie = Q(**{f"{tie_field}__{word}": key})
    if value is None:
        same = Q(**{f"{field}__isnull": True}) & tie
        return same if descending else same | Q(**{f"{field}__isnull": False})
    later = Q(**{f"{field}__{word}": value}) | (Q(**{field: value}) & tie)
    return later | Q(**{f"{field}__isnull": True}) if descending else later
