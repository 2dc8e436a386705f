"""A cell of a spreadsheet becomes the text a person sees in it."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from isocentre.core.cells import Unreadable, text_of

MIDNIGHT = datetime.fromisoformat("2026-03-03")  # without a zone, as spreadsheets know days


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (None, "General", ""), (True, "General", "yes"), (False, "General", "no"),
        ("  NM 1\n2 ", "General", "NM 1 2"), (7, "General", "7"), (7.0, "General", "7"), (7.25, "0.00", "7.25"),
        (123, "0000000", "0000123"), (123, "0000000;(0)", "0000123"), (-5, "000", "-5"), (12345, "000", "12345"),
        (9990000018, "000\\ 000\\ 0000", "9990000018"), (18, '000"-"000"-"0000', "0000000018"),
        (1234, "#,##0", "1234"), (7, "0.00", "7"), (7, "0", "7"),
        (MIDNIGHT, "d mmm yyyy", "2026-03-03"), (MIDNIGHT.replace(hour=9, minute=5), "General", "2026-03-03 09:05"),
        (date(2026, 3, 3), "General", "2026-03-03"), (time(9, 5), "General", "09:05:00"),
    ],
)  # fmt: skip
def test_a_value_is_read_as_it_is_seen(value: object, form: str, text: str) -> None:
    assert text_of(value, form) == text


@pytest.mark.parametrize("value", [10**15, 1.2345678901234568e17, -(10**16), float("inf"), float("nan")])
def test_a_number_that_has_lost_digits_is_refused(value: float) -> None:
    with pytest.raises(Unreadable, match="15 digits"):
        text_of(value)
