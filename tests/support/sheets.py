"""Spreadsheets for tests, made as a person's program makes them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

from openpyxl import Workbook


def xlsx(rows: Sequence[Sequence[Any]], change: Callable[[Workbook], object] | None = None) -> bytes:
    """The bytes of a file with these rows in its first sheet; `change` does the rest to the book."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if change is not None:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(data: bytes, name: str, part: Callable[[bytes], bytes]) -> bytes:
    """The file with one of its parts changed, or added where it has none of this name."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.namelist():
            new.writestr(one, part(old.read(one)) if one == name else old.read(one))
        if name not in old.namelist():
            new.writestr(name, part(b""))
    return out.getvalue()
