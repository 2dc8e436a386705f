"""A list of scans to fetch in a spreadsheet: on the page and by the door, with what stands in the way named by cell."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from support.hospital import signed_in, text
from support.sheets import xlsx

from isocentre.rooms.intake import pulling
from isocentre.rooms.intake.pull.rows import PacsNode

pytestmark = pytest.mark.usefixtures("hospital")


def test_a_list_is_taken_from_a_spreadsheet_too() -> None:
    node = PacsNode.objects.create(name="PACS", host="10.0.0.9", port=104, ae_title="PACS", calling_ae="US",
                                   destination="US")  # fmt: skip
    rows = [["Accession number", "Exam date"], [123, None], [None, date(2026, 3, 3)], ["A1", None]]
    data = xlsx(rows, lambda book: setattr(book.active["A2"], "number_format", "00000"))
    lines, notes = pulling.lines(data)
    assert [(line.number, line.asked and line.asked.accession, set(line.errors)) for line in lines] == [
        (2, "00123", set()), (3, None, {"accession"}), (4, "A1", set()),
    ]  # fmt: skip
    assert notes == ()
    lead = signed_in("imaging_lead")
    more = xlsx([["Accession number"], ["A1"]], lambda book: book.create_sheet("b"))
    typed = {"research_study": "own", "pacs": str(node.pk), "name": "Sheet"}
    answer = lead.post("/intake/fetching/add", {**typed, "file": SimpleUploadedFile("a.xlsx", more)}, follow=True)
    assert "The PACS is being asked about 1 scan." in text(answer)
    assert "1 other sheet was not." in text(answer)
    bad = xlsx([["Accession number"], ["=1+1"]])
    answer = lead.post("/intake/fetching/add", {**typed, "file": SimpleUploadedFile("a.xlsx", bad)})
    assert (answer.status_code, "A formula stands in A2" in text(answer)) == (400, True)
