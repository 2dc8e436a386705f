"""Tables as people give them: a spreadsheet, a CSV file of any common encoding, or cells pasted from a spreadsheet."""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass

from django.http import HttpRequest

from isocentre.core.checks import Unfit
from isocentre.rooms.intake import sheets

LONG = 4
"""Bytes a character may take; a spreadsheet is packed, and its unpacked size is bounded by itself."""
ENCODING = "Its letters are not in UTF-8 but in an older encoding of Windows: look at names with accents"
_GARBLED = re.compile("[ÃÂÅÄ][\u0080-\u00bf]")


@dataclass(frozen=True, slots=True)
class Given:
    """A list as text, and what a person should know of how its file was read."""

    text: str
    notes: tuple[str, ...] = ()


def given(request: HttpRequest, most: int) -> Given:
    """The list as text: the file chosen, else what was pasted; Unfit on `list` for a file of more than `most`."""
    upload = request.FILES.get("file")
    if upload is None:
        return Given(request.POST.get("list", ""))
    if (upload.size or 0) > most * LONG:
        raise Unfit({"list": "The file is too large. Send it in parts"})
    return read(upload.read(), most)


def read(data: bytes, most: int) -> Given:
    """A file as text, whatever it is: XLSX, or CSV in UTF-8, UTF-16 or the older encoding of spreadsheets."""
    sheets.refuse_other(data)
    if data.startswith(sheets.ZIP):
        return Given(*sheets.read(data, most))
    text, notes = _decoded(data)
    if _GARBLED.search(text):
        words = "Letters with accents seem to be garbled (like Ã©): save the list again as XLSX, or as CSV in UTF-8"
        notes = (*notes, f"{words}.")
    return Given(text, notes)


def _decoded(data: bytes) -> tuple[str, tuple[str, ...]]:
    try:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return data.decode("utf-16"), ()
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        pass
    if b"\0" in data:
        raise Unfit({"list": sheets.NO_LIST})
    try:
        return data.decode("cp1252"), (f"{ENCODING}.",)
    except UnicodeDecodeError:
        words = "The encoding of the list is not known, so names would be garbled. Save it as XLSX, or as CSV in UTF-8"
        raise Unfit({"list": words}) from None


def rows_of(text: str) -> list[tuple[int, list[str]]]:
    """The rows that say anything, each with its line number; Unfit on `list` when it is no table."""
    text = text.lstrip("\ufeff").replace("\0", "")
    head = re.sub(r'"[^"]*"', "", text.lstrip("\r\n").split("\n", 1)[0])
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise Unfit({"list": "The list cannot be read. Save it as CSV and try again"}) from error


def cell(text: str) -> str:
    """What a person meant: without the apostrophe that our own export puts before a formula."""
    text = text.strip()
    return text[1:] if re.match(r"'[=+\-@]", text) else text
