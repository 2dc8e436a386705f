"""A cell of a spreadsheet as the text a person sees in it, without what a spreadsheet does to numbers and days."""

from __future__ import annotations

import re
from datetime import date, datetime, time

EXACT = 10**15
"""Spreadsheets keep 15 digits of a number: from here on the last ones are lost before anybody reads them."""
_ZEROS = re.compile(r'[0\s"\\()./-]*0[0\s"\\()./-]*')


class Unreadable(ValueError):
    """What the cell holds cannot be what was meant; the words say how to mend it, and never the value."""


def text_of(value: object, number_format: str = "General") -> str:
    """The value of a cell on one line: numbers without point, days as 2026-03-03.

    A number in a format of zeros (0000000) keeps the zeros it begins with on screen: a hospital number is no amount.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(value, number_format)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    return " ".join(str(value).split())


def _number(value: int | float, number_format: str) -> str:
    if not abs(value) < EXACT:
        raise Unreadable("holds a number of more than 15 digits, of which the spreadsheet has lost the last. Format "
                         "the column as text and enter it anew")  # fmt: skip
    if value != int(value):
        return repr(float(value))
    shown = number_format.split(";", 1)[0]
    width = shown.count("0") if value >= 0 and _ZEROS.fullmatch(shown) and "0.0" not in shown else 0
    return str(int(value)).zfill(width)
