"""Series of which a sample is read: movers share what they found, and what had gone on unread becomes a finding."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pydicom
import pytest
from django.urls import reverse
from support.burned import GREY, Pulled, Told, blacked, burned, text
from support.dicom_bytes import CT, el
from support.hospital import LEAD, arrive, config, enrolled, newcomer, signed_in
from support.hospital import text as body

from isocentre.core.deid.engine import PixelCleaner
from isocentre.core.deid.pixels.where import turn
from isocentre.core.routing import Route
from isocentre.profiles import load
from isocentre.rooms.deid import door, findings, pictures, work
from isocentre.rooms.deid.models import Finding, ReadSeries
from isocentre.rooms.intake.models import Arrival, LedgerRow, ResearchStudy

pytestmark = pytest.mark.usefixtures("hospital")
SAMPLE = load("trial-ct-mr", 3).sample
NAME = text(2, 3, 8, 6)
SERIES = "1.2.3.2"


def numbers(wanted: bool, count: int, start: int = 10) -> list[int]:
    """Numbers of images that are in the sample by their UID, or in none."""
    found = [n for n in range(start, 5000) if (turn(f"1.2.3.{n}".encode(), SAMPLE) == 0) == wanted]
    return found[:count]


def data_of(number: int) -> bytes:
    """One slice of a chest."""
    return burned(GREY, sop_class=CT, t00080018=el(0x00080018, "UI", f"1.2.3.{number}"),
                  t00180015=el(0x00180015, "CS", "CHEST"))  # fmt: skip


class Some(Told):
    """Finds its text only in pictures read after `when` others."""

    def __init__(self, *texts: Any, when: int = 0) -> None:
        super().__init__(*texts)
        self.when = when

    def find(self, layout: Any, data: bytes) -> Any:
        found = super().find(layout, data)
        return found if self.read > self.when else []


@pytest.fixture
def come(tmp_path: Path) -> Any:
    """Slices of one series arrive and wait their turn, under the profile that reads a sample."""
    ResearchStudy.objects.filter(slug="lungs").update(proposal=config("lungs", profile="trial-ct-mr"))
    door.accept(by=LEAD, slug="lungs")
    route = Route("lungs", enrolment_id=enrolled().pk, time_point="Baseline", study_day=0)
    (tmp_path / "quarantine" / "originals").mkdir(parents=True)

    def arrived(*images: int) -> None:
        for number in images:
            (tmp_path / "quarantine" / "originals" / f"{number}.dcm").write_bytes(data_of(number))
            facts = {"study_uid": "1.2.3.1", "series_uid": SERIES, "image_type": "ORIGINAL\\PRIMARY"}
            arrive(newcomer(f"1.2.3.{number}", routes=(route,), path=f"originals/{number}.dcm", facts=facts))

    return arrived


def sent(ports: Any) -> list[Any]:
    """What has left the hospital."""
    return [pydicom.dcmread(io.BytesIO(one)) for one in ports.wall.sent]


def read(ports: Any, *finders: Any, **more: Any) -> PixelCleaner:
    """The mover's reader from now on, as after a restart."""
    ports.pixels = PixelCleaner(*(finders or (Told(),)), Pulled(), **more)
    return ports.pixels


def test_one_picture_of_a_series_is_read_and_the_next_mover_knows(come: Any, ports: Any) -> None:
    come(*numbers(False, 3))
    first = read(ports)
    assert work.move("w-1") == 3
    assert first.finder.read == 1
    one = ReadSeries.objects.get()
    assert (one.series_uid, one.text, one.unread, one.told) == (SERIES, False, 2, 0)
    come(*numbers(False, 2, 200))
    second = read(ports)
    assert work.move("w-2") == 2
    assert second.finder.read == 0
    assert ReadSeries.objects.get().unread == 4
    assert [["113101" in [item.CodeValue for item in ds.DeidentificationMethodCodeSequence]] for ds in sent(ports)] == [
        [True], *[[False]] * 4,
    ]  # fmt: skip
    assert findings.gather("w") == 0
    assert not Finding.objects.exists()


def test_images_of_a_batch_are_looked_at_again_once_text_was_found_in_one_of_them(come: Any, ports: Any) -> None:
    come(*numbers(False, 3), *numbers(True, 1))
    reader = read(ports, Some(NAME, when=1))
    assert work.move("w-1") == 4
    assert reader.finder.read > 4
    blackened = blacked(GREY, 1, NAME.box)
    # The first was read before text could be found in it; what was unread was looked at again, and none went on so.
    assert sorted(ds.PixelData == blackened for ds in sent(ports)) == [False, True, True, True]
    assert ReadSeries.objects.get().unread == 0
    assert findings.gather("w") == 0


def test_what_went_on_unread_before_text_was_found_is_a_finding(come: Any, ports: Any) -> None:
    come(*numbers(False, 3))
    read(ports)
    assert work.move("w-1") == 3
    come(*numbers(True, 1))
    read(ports, Told(NAME))
    assert work.move("w-2") == 1
    hit = LedgerRow.objects.order_by("-pk")[0]
    assert (ReadSeries.objects.get().text, ReadSeries.objects.get().row) == (True, hit.pk)
    assert findings.gather("w") == 1
    assert findings.gather("w") == 0
    one = Finding.objects.get()
    assert (one.cause, one.images, one.row, one.state) == (pictures.LATE, 2, hit.pk, "open")
    assert findings.rows_of(one).get() == hit
    assert findings.look("w") == 1
    one.refresh_from_db()
    assert [place[1:5] for place in one.boxes] == [list(NAME.box)]
    come(*numbers(False, 1, 300))
    read(ports, Told(NAME))
    assert work.move("w-3") == 1
    assert sent(ports)[-1].PixelData == blacked(GREY, 1, NAME.box)
    lead = signed_in("imaging_lead")
    assert "Text found after images of the series were sent on unread" in body(lead.get("/deid/review/"))
    page = body(lead.get(reverse("deid:finding", args=[one.pk])))
    for words in ("after 2 images of its series had been sent on without being read", "Tell the research study",
                  "Redact here"):  # fmt: skip
        assert words in page
    assert "Leave out" not in page


def test_a_mover_that_had_images_on_their_way_is_counted_too(come: Any, ports: Any) -> None:
    come(*numbers(False, 2))
    read(ports)
    assert work.move("w-1") == 2
    ReadSeries.objects.update(text=True)
    assert findings.gather("w") == 1
    pictures.sent_unread(LedgerRow.objects.select_related("arrival"))
    assert findings.gather("w") == 1
    assert Finding.objects.get().images == 3
    ReadSeries.objects.update(row=0, told=0)
    assert pictures.tell() == 1  # its row is gone: nobody can be shown anything


def test_where_another_mover_found_text_meanwhile_everything_is_read(come: Any, ports: Any) -> None:
    come(*numbers(False, 2))
    ReadSeries.objects.create(research_study="lungs", study_uid="1.2.3.1", series_uid=SERIES, text=True, row=1)
    reader = read(ports, Told(NAME), series={SERIES.encode(): False})
    assert work.move("w-1") == 2
    assert reader.finder.read >= 2
    assert all(ds.PixelData == blacked(GREY, 1, NAME.box) for ds in sent(ports))


def test_two_movers_that_read_a_series_at_once_agree_that_there_is_text(come: Any, ports: Any) -> None:
    come(*numbers(False, 1))
    rows = list(LedgerRow.objects.select_related("arrival"))
    cleaner = read(ports)
    mine = pictures.Series(rows)
    ReadSeries.objects.create(research_study="lungs", study_uid="1.2.3.1", series_uid=SERIES, row=7)
    cleaner.note(SERIES.encode(), True)
    mine.keep()
    assert mine.tells(rows[0])
    assert (ReadSeries.objects.get().text, ReadSeries.objects.get().row) == (True, rows[0].pk)


def test_without_a_reader_it_waits_for_one(come: Any, ports: Any) -> None:
    come(*numbers(False, 1))
    ports.pixels = None
    assert work.move("w-1") == 1
    assert LedgerRow.objects.get().cause == "no_text_reader"
    assert not ReadSeries.objects.exists()


def test_what_is_known_goes_with_the_originals(come: Any, ports: Any) -> None:
    come(*numbers(False, 1))
    read(ports)
    work.move("w-1")
    assert pictures.forget("w") == 0
    Arrival.objects.update(erased_at="2026-12-01T00:00:00Z")
    assert pictures.forget("w") == 1
    assert pictures.forget("w") == 0
