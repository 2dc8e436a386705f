"""A repository's images leave with the network's id of the scanner in place of the serial number."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pydicom
import pytest
from support.burned import GREY, Pulled, Told, burned
from support.dicom_bytes import CT, el
from support.hospital import LEAD, SERIAL, arrive, config, enrolled, newcomer

from isocentre.core.deid import recheck
from isocentre.core.deid.engine import PixelCleaner
from isocentre.core.routing import Route
from isocentre.rooms.deid import door, work
from isocentre.rooms.intake.models import ResearchStudy

pytestmark = pytest.mark.usefixtures("hospital")


@pytest.mark.parametrize(("scanner", "written"), [("NM-CT1", "NM-CT1"), ("", "REMOVED")])
def test_the_networks_id_of_the_scanner_is_sent_on(tmp_path: Path, ports: Any, scanner: str, written: str) -> None:
    ResearchStudy.objects.filter(slug="lungs").update(proposal=config("lungs", profile="repository"))
    door.accept(by=LEAD, slug="lungs")
    file = tmp_path / "quarantine" / "originals" / "a.dcm"
    file.parent.mkdir(parents=True)
    file.write_bytes(burned(GREY, sop_class=CT, t00180015=el(0x00180015, "CS", "CHEST"),
                            t00181000=el(0x00181000, "LO", SERIAL)))  # fmt: skip
    ports.pixels = PixelCleaner(Told(), Pulled())
    route = Route("lungs", enrolment_id=enrolled().pk, time_point="Baseline", study_day=0)
    arrive(newcomer("1.2.3.4", routes=(route,), path="originals/a.dcm", scanner=scanner))
    assert work.move("w-1") == 1
    (sent,) = ports.wall.sent
    ds = pydicom.dcmread(io.BytesIO(sent))
    assert ds.DeviceSerialNumber == written
    assert "113109" not in [item.CodeValue for item in ds.DeidentificationMethodCodeSequence]
    assert recheck.check(sent, needles=(SERIAL,)) == []
