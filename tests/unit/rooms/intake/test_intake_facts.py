"""What is read from an arriving header: the day it was acquired."""

from __future__ import annotations

import io
from datetime import date

import pydicom
import pytest

from isocentre.core.dicom.header import read_header
from isocentre.rooms.intake import canary, facts


def acquired(**dates: str) -> date | None:
    scan = pydicom.dcmread(io.BytesIO(canary.made()))
    for name in [e.keyword for e in scan if e.VR in ("DA", "DT")]:
        delattr(scan, name)
    for name, value in dates.items():
        setattr(scan, name, value)
    out = io.BytesIO()
    scan.save_as(out)
    header = read_header(out.getvalue())
    return facts.read(header, sop_instance_uid=scan.SOPInstanceUID, sop_class_uid=scan.SOPClassUID).acquired


@pytest.mark.parametrize(
    ("dates", "day"),
    [
        ({"StudyDate": "20260303"}, date(2026, 3, 3)),
        ({"StudyDate": "20260303", "AcquisitionDate": "20260304"}, date(2026, 3, 4)),
        ({"StudyDate": "20260303", "AcquisitionDate": "00010101"}, date(2026, 3, 3)),
        ({"StudyDate": "00010101"}, None),
        ({"StudyDate": "18951108"}, date(1895, 11, 8)),
        ({}, None),
    ],
)
def test_the_day_is_the_first_date_that_can_be_one(dates: dict[str, str], day: date | None) -> None:
    assert acquired(**dates) == day
