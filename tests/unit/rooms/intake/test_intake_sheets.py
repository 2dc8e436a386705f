"""A list in a spreadsheet is read as it is seen; what a list cannot say is refused with the cell and what to do."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook
from support.sheets import with_part, xlsx

from isocentre.core.checks import Unfit
from isocentre.rooms.intake import sheets, tables

SHEET = "xl/worksheets/sheet1.xml"
MOST = 500_000


def refused(data: bytes, most: int = MOST) -> str:
    with pytest.raises(Unfit) as error:
        tables.read(data, most)
    assert set(error.value.errors) == {"list"}
    return error.value.errors["list"]


def padded(book: Workbook) -> None:
    book.active["A2"].number_format = "0000000"


def test_values_are_text_as_they_are_seen_and_rows_keep_their_numbers() -> None:
    rows = [
        ["Hospital number", "Birth, date", "Prior imaging", "Say"],
        [123, date(1960, 1, 2), True, 'he said "yes", ok'],
        [],
        ["NM2\n", datetime.fromisoformat("1970-12-31"), None, 7.0],
    ]
    given = tables.read(xlsx(rows, padded), MOST)
    assert tables.rows_of(given.text) == [
        (1, ["Hospital number", "Birth, date", "Prior imaging", "Say"]),
        (2, ["0000123", "1960-01-02", "yes", 'he said "yes", ok']),
        (4, ["NM2", "1970-12-31", "", "7"]),
    ]
    assert given.notes == ()


def test_a_formula_is_refused_by_its_cell() -> None:
    rows = [["Hospital number", "Consent date"], ["=1+1", "=TODAY()"], *(["NM1", "=TODAY()"] for _ in range(5))]
    words = refused(xlsx(rows))
    assert "A2, B2, B3, B4, B5 and 2 more" in words
    assert "paste it as values" in words
    text = xlsx([["Hospital number"], ["x"]], lambda book: setattr(book.active["A2"], "value", "'=NM3"))
    assert tables.read(text, MOST).text.endswith("=NM3")


def test_merged_cells_are_refused_by_name() -> None:
    words = refused(xlsx([["a", "b"], ["1", "2"], ["3", ""]], lambda book: book.active.merge_cells("A2:A3")))
    assert "A2:A3" in words
    assert "Unmerge" in words


def test_an_error_and_a_number_that_lost_digits_are_refused_by_cell() -> None:
    assert "The cell B2 holds an error" in refused(xlsx([["a", "b"], ["1", "#REF!"]]))
    words = refused(xlsx([["Accession number"], [12345678901234567890]]))
    assert "The cell A2 holds a number of more than 15 digits" in words
    assert "1234" not in words


def test_the_first_sheet_that_is_shown_is_read_and_that_is_said() -> None:
    def more(book: Workbook) -> None:
        first = book.active
        book.create_sheet("Notes").append(["other"])
        book.create_sheet("Secret").sheet_state = "hidden"
        before = book.create_sheet("Before", 0)
        before.sheet_state = "hidden"
        before.append(["wrong"])
        first.title = "People"

    given = tables.read(xlsx([["Hospital number"], ["NM1"]], more), MOST)
    assert given.text == "Hospital number\nNM1"
    assert given.notes == (
        "Only the first sheet that is shown was read: “People”. 3 other sheets were not, 2 of them hidden.",
    )
    two = tables.read(xlsx([["a"]], lambda book: book.create_sheet("b")), MOST)
    assert "1 other sheet was not." in two.notes[0]


def test_rows_a_filter_hides_are_told_of() -> None:
    def hide(count: int) -> Any:
        def change(book: Workbook) -> None:
            for row in range(2, 2 + count):
                book.active.row_dimensions[row].hidden = True

        return change

    rows = [["a"], ["1"], ["2"]]
    assert tables.read(xlsx(rows, hide(1)), MOST).notes[0].startswith("1 row that is hidden in the sheet was read too")
    assert tables.read(xlsx(rows, hide(2)), MOST).notes[0].startswith("2 rows that are hidden in the sheet were read")


def test_a_file_that_shows_no_sheet_has_no_list() -> None:
    data = with_part(
        xlsx([["a"]]), "xl/workbook.xml", lambda part: part.replace(b'state="visible"', b'state="hidden"')
    )  # fmt: skip
    assert "shows no sheet" in refused(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old spreadsheet"),
        (b"%PDF-1.7\n", "This is no list"), (bytes(128) + b"DICM" + bytes(20), "This is no list"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "This is no list"), (b"PK\x03\x04" + bytes(50), "cannot be read"),
        (b"\x93\x00\x81\xff", "This is no list"), (b"\xff\xfe\x00\xd8", "This is no list"),
        (b"Surname\n\x81\x8d\n", "encoding of the list is not known"),
    ],
)  # fmt: skip
def test_another_kind_of_file_is_refused_in_words(data: bytes, words: str) -> None:
    assert words in refused(data)


def test_a_document_that_is_no_spreadsheet_and_a_broken_one_are_refused() -> None:
    whole = xlsx([["Hospital number"], ["NM1"]])
    document = with_part(whole, "xl/workbook.xml", lambda part: part)
    renamed = document.replace(b"xl/workbook.xml", b"wd/workbook.xml")
    assert refused(renamed) == sheets.NO_LIST
    assert refused(with_part(whole, SHEET, lambda part: part[:60])) == sheets.BROKEN
    assert refused(with_part(whole, "xl/workbook.xml", lambda part: b"<x")) == sheets.BROKEN


def test_what_unpacks_to_too_much_or_expands_is_refused_before_it_is_read() -> None:
    whole = xlsx([["Hospital number"], ["NM1"]])
    bomb = with_part(whole, "xl/media/x.bin", lambda part: bytes(sheets.MOST_BYTES))
    assert len(bomb) < MOST
    assert "too large" in refused(bomb)
    for encoding in ("utf-8", "utf-16-le"):
        bad = '<!DOCTYPE x [<!ENTITY a "b">]>'.encode(encoding)
        far = b" " * 1_000_010 + bad  # lies across two of the pieces it is looked for in
        assert refused(with_part(whole, "xl/styles.xml", lambda part, far=far: part + far)) == sheets.BROKEN


def test_a_sheet_that_claims_or_is_more_than_a_list_is_bounded() -> None:
    claims = with_part(
        xlsx([["Hospital number"], ["NM1"]]), SHEET, lambda part: part.replace(b'ref="A1:A2"', b'ref="A1:XFD1048576"')
    )  # fmt: skip
    assert tables.read(claims, MOST).text == "Hospital number\nNM1"
    wide = xlsx([["Hospital number"], ["NM1"]], lambda book: book.active.cell(2, 16_000, "far"))
    assert tables.read(wide, MOST).text == "Hospital number\nNM1"
    assert "too long" in refused(xlsx([["Hospital number"], *(["NM1"] for _ in range(20))]), 50)
    far = xlsx([["Hospital number"]], lambda book: book.active.cell(1_000_000, 1, "NM1"))
    assert "too long" in refused(far)


def test_other_encodings_are_read_and_told_of() -> None:
    assert tables.read("Surname\nŁukasik\n".encode("utf-16"), MOST) == tables.Given("Surname\nŁukasik\n")
    old = tables.read("Surname\nMüller\n".encode("cp1252"), MOST)
    assert old.text == "Surname\nMüller\n"
    assert "look at names with accents" in old.notes[0]
    garbled = tables.read("Surname\nMÃ¼ller\n".encode(), MOST)
    assert "seem to be garbled" in garbled.notes[0]
