"""One frame cut out of an object: the same header, the groups of that frame, its own pixel value."""

from __future__ import annotations

import io
from struct import pack

import pytest
from pydicom import dcmread
from pydicom.encaps import generate_frames
from support.dicom_bytes import BIG, EXPLICIT, IMPLICIT, JPEG, el, header, item, part10, seq

from isocentre.core.dicom.header import encoding_of, read_header
from isocentre.core.dicomweb.single import single_frame

VALUE = b"\1\2\3\4\5\6\7"


def head(syntax: str, *numbers: int) -> bytes:
    made = header(syntax)
    made[0x00280008] = el(0x00280008, "IS", "3", syntax)
    if numbers:
        groups = [item(el(0x00200032, "DS", f"{n}", syntax), syntax) for n in numbers]
        made[0x52009230] = seq(0x52009230, groups, syntax)
    made[0x7FE00001] = el(0x7FE00001, "OV", pack("<QQQ", 0, 10, 20), syntax)
    return part10(b"".join(made[tag] for tag in sorted(made)), syntax)


def cut(whole: bytes, syntax: str, number: int) -> bytes:
    found = read_header(whole)
    return single_frame(
        whole, found.start, found.end, encoding_of(syntax), number=number, pixel_tag=0x7FE00010,
        pixel_vr=b"OB" if syntax == JPEG else b"OW", value=VALUE, encapsulated=syntax == JPEG,
    )  # fmt: skip


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
def test_a_native_frame_stands_alone(syntax: str) -> None:
    ds = dcmread(io.BytesIO(cut(head(syntax, 1, 2, 3), syntax, 2)))
    assert (ds.NumberOfFrames, ds.PatientID, ds.PixelData) == (1, "RXH1234567", VALUE + b"\0")
    [group] = ds.PerFrameFunctionalGroupsSequence
    assert group.ImagePositionPatient == 2
    assert "ExtendedOffsetTable" not in ds


def test_an_encapsulated_frame_stands_alone() -> None:
    ds = dcmread(io.BytesIO(cut(head(JPEG), JPEG, 3)))
    assert ds.NumberOfFrames == 1
    assert list(generate_frames(ds.PixelData, number_of_frames=1)) == [VALUE + b"\0"]


def test_a_frame_without_groups_of_its_own_has_none() -> None:
    assert not dcmread(io.BytesIO(cut(head(EXPLICIT, 1, 2), EXPLICIT, 3))).PerFrameFunctionalGroupsSequence
