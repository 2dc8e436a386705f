"""CSV and JSON of exactly what a list shows, safe to open in a spreadsheet (threats.md 16)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.http import HttpResponse, JsonResponse, StreamingHttpResponse

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe(value: Any) -> str:
    """One CSV cell: text a spreadsheet would run as a formula gets an apostrophe before it; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)
    text = value.isoformat() if isinstance(value, date | datetime) else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def csv_lines(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The lines of a CSV file (RFC 4180), one string each, header first."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([safe(head) for head in heads])
    yield buffer.getvalue()
    for row in rows:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow([safe(cell) for cell in row])
        yield buffer.getvalue()


def csv_response(name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A CSV download called `name`.csv, UTF-8 with the mark that spreadsheets look for."""

    def lines() -> Iterator[bytes]:
        yield b"\xef\xbb\xbf"
        for line in csv_lines(heads, rows):
            yield line.encode()

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def json_response(name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A JSON download called `name`.json: a list of objects keyed by the column keys."""
    response = JsonResponse([dict(zip(heads, row, strict=True)) for row in rows], safe=False)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return response
