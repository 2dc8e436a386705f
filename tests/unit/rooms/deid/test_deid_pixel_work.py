"""Moving scans whose pictures are cleaned first: what passes, what is held and why, with words for a person."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pydicom
import pytest
from support.burned import Pulled, Told, burned, text
from support.hospital import arrive, enrolled, newcomer

from isocentre.core.actor import Actor, Scope
from isocentre.core.deid.engine import PixelCleaner
from isocentre.core.deid.profile import parse
from isocentre.core.routing import Route
from isocentre.profiles import load
from isocentre.rooms.deid import door, work
from isocentre.rooms.intake import door as intake
from isocentre.rooms.intake.models import LedgerRow

pytestmark = pytest.mark.usefixtures("hospital")
LEAD = Actor("person", "lead", "imaging_lead", Scope.everything(), frozenset({"study_config_accept"}))
CLEANING = parse(load("trial-ct-mr").text.replace("do: hold", "do: clean_pixels"))
GREY = bytes(range(1, 241))
NAME = text(2, 3, 8, 6)


@pytest.fixture
def row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LedgerRow:
    """An ultrasound picture that waits its turn, under a profile that lets it through once it is clean."""
    monkeypatch.setattr(door, "released", lambda _: CLEANING)
    monkeypatch.setattr(work, "load", lambda *_: CLEANING)
    door.accept(by=LEAD, slug="lungs")
    file = tmp_path / "quarantine" / "originals" / "a.dcm"
    file.parent.mkdir(parents=True)
    file.write_bytes(burned(GREY))
    route = Route("lungs", enrolment_id=enrolled().pk, time_point="Baseline", study_day=0)
    arrive(newcomer("1.2.3.4", routes=(route,), path="originals/a.dcm", facts={"study_uid": "1.2.3.1"}))
    return LedgerRow.objects.get(research_study="lungs")


def test_a_picture_is_sent_on_with_its_text_black(row: LedgerRow, ports: Any) -> None:
    ports.pixels = PixelCleaner(Told(NAME), Pulled())
    assert work.move("w") == 1
    row.refresh_from_db()
    assert row.disposition == "sent_on"
    (sent,) = ports.wall.sent
    ds = pydicom.dcmread(io.BytesIO(sent))
    assert ds.BurnedInAnnotation == "NO"
    assert "113101" in [item.CodeValue for item in ds.DeidentificationMethodCodeSequence]
    assert [ds.PixelData[3 * 20 + at] for at in (1, 2, 7, 8)] == [GREY[61], 0, 0, GREY[68]]


@pytest.mark.parametrize(
    ("cleaner", "cause"),
    [
        (None, "no_text_reader"),
        (PixelCleaner(Told(missing=True), Pulled()), "no_text_reader"),
        (PixelCleaner(Told(NAME, stubborn=True), Pulled()), "pixel_text"),
    ],
)
def test_what_cannot_be_cleaned_is_held(row: LedgerRow, ports: Any, cleaner: PixelCleaner | None, cause: str) -> None:
    ports.pixels = cleaner
    assert work.move("w") == 1
    row.refresh_from_db()
    assert (row.disposition, row.cause) == ("held", cause)
    assert "SMITHSON" not in row.words
    assert intake.causes.cause(cause).title != cause
    assert ports.wall.sent == []
    if cause == "pixel_text":
        assert "(2, 3, 8, 6)" in row.words
