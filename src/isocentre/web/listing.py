"""A list page: count, filters as a GET form, sorting, keyset pages, CSV and JSON, empty state, bulk actions.

A view filters its own rows, describes the list once, and returns `respond(request, listing)`; the same description
makes the page, the CSV and the JSON, so they cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from isocentre.core.days import LIKE, parse_day
from isocentre.web import export, formats, keyset

FIRST, LAST = date(1900, 1, 1), date(2999, 12, 31)


@dataclass(frozen=True, slots=True)
class Cell:
    """One value: `text` as read on the page, `value` for the export (text when None), a link, or a tag's colour."""

    text: str
    value: Any = None
    url: str = ""
    tag: str = ""
    mono: bool = False

    @property
    def plain(self) -> Any:
        """What the export carries."""
        return self.text if self.value is None else self.value


@dataclass(frozen=True, slots=True)
class Column:
    """One column: key (export, address), title, and the field or attribute it sorts by (empty: not sortable)."""

    key: str
    title: str
    sort: str = ""
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: a text field, or a choice when `options` (value, words) are given.

    `blank`: words for what is shown when none of them is chosen.
    """

    name: str
    label: str
    options: tuple[tuple[str, str], ...] = ()
    blank: str = "All"
    hint: str = ""
    day: bool = False  # a day, as people type it; `chosen_filters` gives it as 2026-03-03

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        """The options, with what is shown when none is chosen before them."""
        return (("", self.blank), *self.options)


@dataclass(frozen=True, slots=True)
class Bulk:
    """Something to do to the ticked rows: POST to `url` with `chosen` (row keys) and, when asked, `reason`."""

    text: str
    url: str
    reason: str = ""  # label of the reason field; empty: none is asked
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its stable key (what bulk actions send) and one cell a column."""

    key: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Listing:
    """A whole list. `heading` turns the count into words ("34 scans held"); `present` turns rows into `Row`s."""

    name: str
    heading: Callable[[int], str]
    columns: Sequence[Column]
    rows: QuerySet[Any] | Sequence[Any]
    present: Callable[[Sequence[Any]], Sequence[Row]]
    empty: str
    sort: str
    tie: str = "pk"  # unique; another column where the order in which rows came must not be told
    key: Callable[[Any], str] = lambda row: str(row.pk)
    filters: Sequence[Filter] = ()
    bulk: Sequence[Bulk] = ()
    bulk_all: str = ""  # what the rows are: all that match are offered, not only this page's (POST `all`)
    intro: str = ""
    size: int = 50
    extra: Mapping[str, Any] = field(default_factory=dict)


def chosen_filters(request: HttpRequest, filters: Sequence[Filter]) -> dict[str, str]:
    """What the address asks for: every filter's value, trimmed; a choice that is not offered counts as none.

    So does a day that is none: `respond` then shows nothing of the list, and says what is wrong with it.
    """
    values = {}
    for one in filters:
        value = _typed(request, one)
        offered = {v for v, _ in one.options}
        if one.day and value:
            value = found.isoformat() if (found := _day(value)) else ""
        values[one.name] = value if not offered or value in offered else ""
    return values


def _typed(request: HttpRequest, one: Filter) -> str:
    return request.GET.get(one.name, "").strip()[:200]


def _day(text: str) -> date | None:
    """A day of our times: around the first and the last day there is nothing can be counted on."""
    found = parse_day(text)
    return found if found and FIRST <= found <= LAST else None


def _wrong(request: HttpRequest, filters: Sequence[Filter]) -> dict[str, str]:
    """Words for each day filter whose text is no day."""
    days = ((one.name, _typed(request, one)) for one in filters if one.day)
    return {name: f"Enter the day as {LIKE}" for name, text in days if text and _day(text) is None}


def respond(request: HttpRequest, listing: Listing, template: str = "web/list.html") -> HttpResponseBase:
    """The page, or with `?format=csv` or `json` every row the filters show, in the same order and columns."""
    if errors := _wrong(request, listing.filters):
        return _refused(request, listing, errors)
    sort = _sort(request, listing)
    wanted = request.GET.get("format", "")
    if wanted in ("csv", "json"):
        return _export(listing, sort, wanted)
    total = listing.rows.count() if isinstance(listing.rows, QuerySet) else len(listing.rows)
    page = _slice(listing, sort, request.GET.get("after", ""), listing.size)
    context = {
        "title": listing.heading(total),
        "listing": listing,
        "total": formats.number(total),
        "rows": listing.present(page.rows),
        "heads": [_head(request, column, sort) for column in listing.columns],
        "values": chosen_filters(request, listing.filters),
        "filtered": any(chosen_filters(request, listing.filters).values()),
        "sort": request.GET.get("sort", ""),
        "first_url": _address(request, after=None) if request.GET.get("after") else "",
        "next_url": _address(request, after=page.after) if page.after else "",
        "csv_url": _address(request, after=None, format="csv"),
        "json_url": _address(request, after=None, format="json"),
        **listing.extra,
    }
    return render(request, template, context)


def _refused(request: HttpRequest, listing: Listing, errors: dict[str, str]) -> HttpResponseBase:
    """The filters with what is wrong beside them, and nothing of the list: no row, no count, no file."""
    context = {
        "title": "There is a problem with a filter",
        "listing": listing,
        "values": {one.name: _typed(request, one) for one in listing.filters},
        "errors": errors,
        "summary": [
            {"text": f"{one.label}: {formats.lower_first(errors[one.name])}", "href": f"#filter-{one.name}"}
            for one in listing.filters
            if one.name in errors
        ],
        "filtered": True,
        "sort": request.GET.get("sort", ""),
    }
    return render(request, "web/filters_wrong.html", context, status=400)


def _sort(request: HttpRequest, listing: Listing) -> str:
    """The sort field asked for, when a column offers it; else the list's own."""
    asked = request.GET.get("sort", "")
    by_key = {column.key: column.sort for column in listing.columns if column.sort}
    found = by_key.get(asked.lstrip("-"))
    return ("-" if asked.startswith("-") else "") + found if found else listing.sort


def _slice(listing: Listing, sort: str, after: str, size: int) -> keyset.Slice:
    if isinstance(listing.rows, QuerySet):
        return keyset.of_queryset(listing.rows, sort, after, size, listing.tie)
    name = sort.lstrip("-")
    value = _value(name)
    return keyset.of_list(listing.rows, value, listing.key, after, size, descending=sort.startswith("-"))


def _value(name: str) -> Callable[[Any], Any]:
    """A sortable value by attribute or mapping key; None sorts before everything."""

    def of(row: Any) -> tuple[bool, Any]:
        value = row.get(name) if isinstance(row, Mapping) else getattr(row, name)
        return (value is not None, value if value is not None else 0)

    return of


def _export(listing: Listing, sort: str, kind: str) -> HttpResponseBase:
    rows: Sequence[Any]
    if isinstance(listing.rows, QuerySet):
        rows = list(keyset.ordered(listing.rows, sort, listing.tie))
    else:
        rows = _slice(listing, sort, "", max(len(listing.rows), 1)).rows
    cells = [[cell.plain for cell in row.cells] for row in listing.present(rows)]
    if kind == "csv":
        return export.csv_response(listing.name, [column.title for column in listing.columns], cells)
    return export.json_response(listing.name, [column.key for column in listing.columns], cells)


def _head(request: HttpRequest, column: Column, sort: str) -> dict[str, str]:
    """A column's head: title, address that sorts by it, and its aria-sort."""
    now = {column.sort: "ascending", f"-{column.sort}": "descending"}.get(sort, "none") if column.sort else ""
    turned = f"-{column.key}" if now == "ascending" else column.key
    url = _address(request, after=None, sort=turned) if column.sort else ""
    return {"title": column.title, "url": url, "sort": now, "numeric": "yes" if column.numeric else ""}


def _address(request: HttpRequest, **change: str | None) -> str:
    """This page's address with some parameters changed (None: taken out)."""
    query = request.GET.copy()
    for name, value in change.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}"
