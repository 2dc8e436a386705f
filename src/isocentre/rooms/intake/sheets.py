"""A list in a spreadsheet (XLSX, ECMA-376) as the text of a list: the first sheet that is shown, each value as text.

What a list cannot say by itself (formulas, merged cells) is refused with the cell's name; nothing is ever computed.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

from isocentre.core.cells import Unreadable, text_of
from isocentre.core.checks import Unfit

MOST_BYTES = 100_000_000
"""Of all parts, unpacked: a small file may unpack to what no memory holds."""
MOST_PARTS, MOST_COLUMNS, NAMED = 2_000, 200, 5
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_DOCTYPE = (b"<!DOCTYPE", "<!DOCTYPE".encode("utf-16-le"), "<!DOCTYPE".encode("utf-16-be"))
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"')
_HIDDEN = re.compile(rb'<(?:\w+:)?row\s[^>]*?hidden="(?:1|true)"')
BROKEN = "The spreadsheet cannot be read. Open it, save it anew as XLSX or CSV, and try again"
_OTHERS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"{\\rtf")
NO_LIST = "This is no list. Choose a spreadsheet (XLSX) or a CSV file"


def refuse_other(data: bytes) -> None:
    """Unfit on `list` for files that people choose by mistake, in words that say what to choose."""
    if data.startswith(OLE):
        words = "This is an old spreadsheet (XLS), or one with a password. Save it as XLSX without one, or as CSV"
        raise Unfit({"list": words})
    if data.startswith(_OTHERS) or data[128:132] == b"DICM":
        raise Unfit({"list": NO_LIST})


def read(data: bytes, most: int) -> tuple[str, tuple[str, ...]]:
    """The list as lines of cells with tabs between, numbered as the sheet numbers its rows, and what a person should
    know of how it was read. Unfit on `list` when it is none, or comes to more than `most` characters."""
    _bounded(data)
    from openpyxl import load_workbook  # what it brings is much to hold, and most processes never read a spreadsheet

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions it does not keep, which no list needs
            book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
            shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            if not shown:
                raise Unfit(
                    {"list": "The spreadsheet shows no sheet. Save the sheet with the list as a file of its own"}
                )
            part = _part(data, shown[0])
            _unmerged(part)
            text = _lines(shown[0], most)
            return text, tuple(_notes(book.worksheets, shown[0], part))
    except Unfit:
        raise
    except Exception:  # noqa: BLE001 - a file may be broken in any place, and it says so in many ways
        raise Unfit({"list": BROKEN}) from None


def _bounded(data: bytes) -> None:
    """Unfit for what is no spreadsheet, unpacks to too much, or brings definitions along that expand."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = packed.infolist()
            names = {part.filename for part in parts}
            if not {"xl/workbook.xml", "[Content_Types].xml"} <= names:
                raise Unfit({"list": NO_LIST})
            # No part gives more than it says here: the reader stops there.
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES:
                raise Unfit({"list": "The spreadsheet is too large. Save the sheet with the list as CSV, or in parts"})
            for part in parts:
                if part.filename.endswith((".xml", ".rels")) and _defines(packed, part):
                    raise Unfit({"list": BROKEN})
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError, EOFError):
        raise Unfit({"list": BROKEN}) from None


def _defines(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether the part has a document type, which no office program writes and in which entities would be defined."""
    overlap = b""
    with packed.open(part) as file:
        while chunk := file.read(1_000_000):
            seen = overlap + chunk
            if any(mark in seen for mark in _DOCTYPE):
                return True
            overlap = seen[-32:]
    return False


def _part(data: bytes, sheet: Any) -> bytes:
    """The sheet as it lies: what a reader row by row does not tell stands in it."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return packed.read(sheet._worksheet_path)


def _unmerged(part: bytes) -> None:
    merged = [found.decode() for found in _MERGED.findall(part)]
    if merged:
        words = f"Cells are merged ({_some(merged)}), so it is not clear which line they belong to. Unmerge them"
        raise Unfit({"list": f"{words} and fill in each line"})


def _lines(sheet: Any, most: int) -> str:
    sheet.reset_dimensions()  # those a file claims may be of any size
    lines: list[str] = []
    formulas: list[str] = []
    length = 0
    for cells in sheet.iter_rows(max_col=MOST_COLUMNS):
        said = ["" if cell.value is None else _said(cell, formulas) for cell in cells]
        while said and not said[-1]:
            said.pop()
        lines.append("\t".join(map(_quoted, said)))
        length += len(lines[-1]) + 1
        if length > most:
            raise Unfit({"list": "The list is too long. Send it in parts"})
    if formulas:
        words = (
            f"A formula stands in {_some(formulas)}. Nothing is computed here: copy the column and paste it as values"
        )
        raise Unfit({"list": words})
    return "\n".join(lines)


def _said(cell: Any, formulas: list[str]) -> str:
    if cell.data_type == "f":
        formulas.append(cell.coordinate)
        return ""
    if cell.data_type == "e":
        raise Unfit(
            {"list": f"The cell {cell.coordinate} holds an error instead of a value. Mend it in the spreadsheet"}
        )
    try:
        # A format is looked up where it counts: a long list has hundreds of thousands of cells.
        return text_of(cell.value, cell.number_format if isinstance(cell.value, int | float) else "General")
    except Unreadable as error:
        raise Unfit({"list": f"The cell {cell.coordinate} {error}"}) from None


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if re.search('[",;]', text) else text


def _notes(sheets: Iterable[Any], read_one: Any, part: bytes) -> Iterator[str]:
    others = [sheet for sheet in sheets if sheet is not read_one]
    if others:
        hidden = sum(sheet.sheet_state != "visible" for sheet in others)
        more = f", {hidden} of them hidden" if hidden else ""
        few = "1 other sheet was" if len(others) == 1 else f"{len(others)} other sheets were"
        yield f"Only the first sheet that is shown was read: “{read_one.title}”. {few} not{more}."
    rows = len(_HIDDEN.findall(part))
    if rows:
        few = "1 row that is hidden in the sheet was" if rows == 1 else f"{rows} rows that are hidden in the sheet were"
        yield f"{few} read too. If a filter hid what does not belong, copy the rest into a sheet of its own."


def _some(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
