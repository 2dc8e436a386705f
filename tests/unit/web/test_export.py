"""CSV and JSON: safe in a spreadsheet, whole, and readable back."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime

import pytest

from isocentre.web import export


@pytest.mark.parametrize("text", ["=1+1", "+44", "-cmd", "@SUM(A1)", "\t=1", "  =1", "\r=2", "＝1"])
def test_a_formula_becomes_text(text):
    assert export.safe(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (-3, "-3"),
        (1.5, "1.5"),
        ("a-b", "a-b"),
        (date(2026, 3, 3), "2026-03-03"),
        (datetime(2026, 3, 3, 9, tzinfo=UTC), "2026-03-03T09:00:00+00:00"),
    ],
)
def test_plain_values_stay(value, cell):
    assert export.safe(value) == cell


def test_csv_reads_back():
    response = export.csv_response("held", ["Name", "Why"], [['a "b", c', "=x"], ["line\nbreak", None]])
    body = b"".join(response.streaming_content).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(body))) == [["Name", "Why"], ['a "b", c', "'=x"], ["line\nbreak", ""]]
    assert response["Content-Disposition"] == 'attachment; filename="held.csv"'


def test_json_carries_the_column_keys():
    response = export.json_response("held", ["name", "count"], [["a", 1]])
    assert json.loads(response.content) == [{"name": "a", "count": 1}]
