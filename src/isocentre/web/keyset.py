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


def ordered(rows: QuerySet[Any], sort: str) -> QuerySet[Any]:
    """Rows by `sort` (a leading `-` means descending), the primary key settling ties; empty values first, or last."""
    field = sort.lstrip("-")
    if sort.startswith("-"):
        return rows.order_by(F(field).desc(nulls_last=True), "-pk")
    return rows.order_by(F(field).asc(nulls_first=True), "pk")


def of_queryset(rows: QuerySet[Any], sort: str, after: str, size: int) -> Slice:
    """The `size` rows after the row whose primary key is `after`; from the start when that row is gone."""
    page = ordered(rows, sort)
    anchor = _anchor(rows, after)
    if anchor is not None:
        field = sort.lstrip("-")
        page = page.filter(_beyond(field, getattr(anchor, field), anchor.pk, descending=sort.startswith("-")))
    found = list(page[: size + 1])
    return Slice(found[:size], str(found[size - 1].pk) if len(found) > size else "")


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


def _anchor(rows: QuerySet[Any], after: str) -> Model | None:
    if not after:
        return None
    try:
        found: Model | None = rows.filter(pk=after).first()
    except (ValueError, ValidationError):
        return None  # a hand-made address: start from the beginning
    return found


def _beyond(field: str, value: Any, pk: Any, *, descending: bool) -> Q:
    """Rows after (value, pk) in the order of `ordered`, where NULL counts as the smallest value."""
    word = "lt" if descending else "gt"
    tie = Q(**{f"pk__{word}": pk})
    if value is None:
        same = Q(**{f"{field}__isnull": True}) & tie
        return same if descending else same | Q(**{f"{field}__isnull": False})
    later = Q(**{f"{field}__{word}": value}) | (Q(**{field: value}) & tie)
    return later | Q(**{f"{field}__isnull": True}) if descending else later
