"""What rules are about is read from any encoding, and from the functional groups of enhanced objects."""

from __future__ import annotations

from struct import pack

import pytest
from support.dicom_bytes import BIG, EXPLICIT, IMPLICIT, el, header, item, part10, seq

from isocentre.core.charter.values import frames, values
from isocentre.core.dicom.header import Header, read_header

THICK, KVP, SPACING, B_VALUE, SLOPE = 0x00180050, 0x00180060, 0x00280030, 0x00189087, 0x00281053
SHARED, EACH, MEASURES, RESCALE = 0x52009229, 0x52009230, 0x00289110, 0x00289145
WANTED = ("SliceThickness", "KVP", "PixelSpacing", "Rows", "DiffusionBValue", "ConvolutionKernel")


def read(*more: bytes, syntax: str = EXPLICIT) -> Header:
    found = header(syntax)
    for one in more:
        order = ">" if syntax == BIG else "<"
        tag = int.from_bytes(one[:2], "big" if order == ">" else "little") << 16 | int.from_bytes(
            one[2:4], "big" if order == ">" else "little"
        )
        found[tag] = one
    return read_header(part10(b"".join(found[tag] for tag in sorted(found)), syntax))


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
def test_text_and_binary_values_are_read_in_every_encoding(syntax: str) -> None:
    order = ">" if syntax == BIG else "<"
    found = values(
        read(
            el(THICK, "DS", "5.0 ", syntax), el(SPACING, "DS", "0.7\\0.8", syntax),
            el(B_VALUE, "FD", pack(order + "d", 1000.5), syntax), el(0x00280010, "US", pack(order + "H", 512), syntax),
            syntax=syntax,
        ),
        WANTED,
    )  # fmt: skip
    assert found == {
        "SliceThickness": "5.0", "KVP": "", "PixelSpacing": "0.7\\0.8", "Rows": "512", "DiffusionBValue": "1000.5",
        "ConvolutionKernel": "",
    }  # fmt: skip


def test_what_an_unlucky_writer_calls_unknown_is_read_as_the_standard_has_it() -> None:
    assert values(read(el(THICK, "UN", "5 ")), ["SliceThickness", "NoSuchAttribute"]) == {"SliceThickness": "5"}
    assert values(read(el(0x00189073, "FL", pack("<f", 0.1))), ["AcquisitionDuration"]) == {
        "AcquisitionDuration": "0.1"
    }


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT])
@pytest.mark.parametrize("is_open", [False, True])
def test_frames_of_an_enhanced_object_are_asked_in_its_functional_groups(syntax: str, is_open: bool) -> None:
    def group(thick: str) -> bytes:
        inner = el(0x00090010, "LO", "PRIVATE", syntax) + el(0x00091001, "LO", "x", syntax)
        measures = seq(MEASURES, [item(el(THICK, "DS", thick, syntax), syntax, is_open)], syntax, is_open)
        return item(inner + measures, syntax, is_open)

    shared = seq(SHARED, [item(seq(RESCALE, [item(el(KVP, "DS", "120", syntax), syntax)], syntax), syntax)], syntax)
    each = seq(EACH, [group("5.0"), group("5.0"), group("7.5"), group("")], syntax, is_open)
    found = values(read(shared, each, el(0x00280008, "IS", "3", syntax), syntax=syntax), WANTED)
    assert (found["SliceThickness"], found["KVP"], found["PixelSpacing"]) == ("5.0\\7.5", "120", "")


def test_what_lies_deeper_than_a_macro_is_not_meant() -> None:
    deep = el(THICK, "DS", "9")
    for tag in (0x00289110, 0x00289110, 0x00289110):
        deep = seq(tag, [item(deep)])
    assert values(read(seq(SHARED, [item(deep)])), ["SliceThickness"]) == {"SliceThickness": ""}


@pytest.mark.parametrize(("said", "count"), [("3", 3), ("", 1), ("0", 1), ("many", 1), ("٣", 1)])
def test_pictures_are_counted_by_frames(said: str, count: int) -> None:
    assert frames(read(el(0x00280008, "IS", said))) == count
    assert frames(read()) == 1
