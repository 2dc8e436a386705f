"""Whether a picture was compressed with loss, by its transfer syntax and inside JPEG 2000."""

import pytest
from pydicom.data import get_testdata_file

from isocentre.core.deid.pixels.layout import layout_of
from isocentre.core.deid.pixels.lossy import lossy_method
from isocentre.core.dicom.header import read_header

J2K = "1.2.840.10008.1.2.4.91"


@pytest.mark.parametrize(
    ("name", "method"),
    [("MR2_J2KI.dcm", b"ISO_15444_1"), ("US1_J2KI.dcm", b"ISO_15444_1"), ("JPEG2000.dcm", b"ISO_15444_1"),
     ("SC_rgb_jpeg_dcmtk.dcm", b"ISO_10918_1"), ("SC_rgb_jls_lossy_line.dcm", b"ISO_14495_1"),
     ("US1_J2KR.dcm", b""), ("MR_small_RLE.dcm", b""), ("MR_small.dcm", b"")],
)  # fmt: skip
def test_real_files(name, method):
    with open(get_testdata_file(name, download=False), "rb") as file:
        data = file.read()
    layout = layout_of(read_header(data))
    assert lossy_method(layout.syntax, data, layout.offset, layout.length) == method


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"nothing of the kind",
        b"\xff\x4f",
        b"\xff\x4f\xff\x90\0\x0a" + bytes(8),
        b"\xff\x4f\xff\x52\0\x0c" + bytes(9) + b"\1",
        b"\xff\x4f" + b"\xff\x64\0\2" * 100,
    ],
)
def test_what_does_not_say_that_it_lost_something_did_not(value):
    assert lossy_method(J2K, value, 0, len(value)) == b""


def test_the_wavelet_that_loses_is_told_by_its_place():
    value = b"\xff\x4f\xff\x51\0\4xx\xff\x52\0\x0c" + bytes(9) + b"\0"
    assert lossy_method(J2K, value, 0, len(value)) == b"ISO_15444_1"
    assert lossy_method("1.2.840.10008.1.2.4.203", b"at" + value, 2, len(value)) == b"ISO_15444_15"
