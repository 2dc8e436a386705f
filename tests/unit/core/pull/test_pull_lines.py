"""Lists of scans: headings in people's words, three ways to name a scan, errors by line that repeat no number."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isocentre.core.pull.lines import Asked, NoColumns, read, whole

HEAD = ["Accession No.", "Study UID", "Hospital number", "From", "To"]


def one(*cells: str):
    (line,) = read([HEAD, list(cells)])
    return line


def test_a_scan_is_named_in_three_ways():
    assert one("A1").asked == Asked(accession="A1")
    assert one("A1", "", " P1 ").asked == Asked(accession="A1", patient_id="P1")
    assert one("A1", "1.2.3").asked == Asked(study_uid="1.2.3"), "the UID is surest"
    day = date(2026, 3, 3)
    assert one("", "", "P1", "3 March 2026").asked == Asked(patient_id="P1", first_day=day, last_day=day)
    both = one("", "", "P1", "2026-03-03", "2026-03-09").asked
    assert both == Asked(patient_id="P1", first_day=day, last_day=date(2026, 3, 9))


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        (("A" * 17,), "accession"), (("A*",), "accession"), (("A?",), "accession"), (("A\\B",), "accession"),
        (("", "not a uid"), "study_uid"), (("", "", "P" * 65, "2026-03-03"), "patient_id"),
        (("", "", "P*", "2026-03-03"), "patient_id"), (("", "", "P1"), "first_day"),
        (("", "", "P1", "31 February 2026"), "first_day"), (("", "", "P1", "2026-03-03", "soon"), "last_day"),
        (("", "", "P1", "2026-03-03", "2026-03-02"), "last_day"), (("", "", "", "2026-03-03"), "accession"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_by_column(cells, column):
    line = one(*cells)
    assert line.asked is None
    assert column in line.errors


@given(st.text(max_size=30).map(lambda text: f"Zq7{text}"))
def test_no_error_repeats_what_was_written(text):
    for line in read([HEAD, [text, text, text, text, text]]):
        assert not any("Zq7" in words for words in line.errors.values())


def test_empty_lines_are_left_out_and_what_comes_twice_is_said():
    lines = read([["accession"], ["A1"], ["", ""], ["A2"], ["A1"], []])
    assert [(line.number, line.same_as) for line in lines] == [(2, 0), (4, 0), (5, 2)]


@pytest.mark.parametrize(
    "rows", [[], [["Name", "Colour"]], [["MRN", "Hospital number"]], [["From", "To"]]], ids=["", "none", "two", "days"]
)
def test_a_table_that_names_no_scans_is_refused(rows):
    with pytest.raises(NoColumns):
        read(rows)


def test_nothing_of_a_line_is_shown_by_its_repr():
    assert "P1" not in repr(one("A1", "", "P1"))


def test_a_number_with_a_wildcard_is_not_whole():
    assert whole("NM 77-1")
    assert not any(map(whole, ("", "NM*", "NM?", "A\\B", "9" * 65, "N\x00")))
