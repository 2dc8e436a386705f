"""Tables as people give them: a CSV file of any common encoding, or cells pasted from a spreadsheet."""

from __future__ import annotations

import csv
import io
import re

from django.http import HttpRequest

from isocentre.core.checks import Unfit


def given(request: HttpRequest, most: int) -> str:
    """The list as text: the file chosen, else what was pasted; Unfit on `list` for a file of more than `most`."""
    upload = request.FILES.get("file")
    if upload is None:
        return request.POST.get("list", "")
    if (upload.size or 0) > most * 4:
        raise Unfit({"list": "The file is too large. Send it in parts"})
    return decoded(upload.read())


def decoded(data: bytes) -> str:
    """A file as text; a spreadsheet's older encoding is read too."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def rows_of(text: str) -> list[tuple[int, list[str]]]:
    """The rows that say anything, each with its line number; Unfit on `list` when it is no table."""
    text = text.lstrip("\ufeff").replace("\0", "")
    head = text.split("\n", 1)[0]
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
