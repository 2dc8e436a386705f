"""What the scorer reads of an object: every value by its path."""

import struct

import pytest
from score_objects import data, dataset, found, item, sequence

from isocentre.core.score.reading import Unreadable, read


def test_values_by_path():
    ds = dataset(
        ImageType=["ORIGINAL", "PRIMARY"],
        PatientAge=None,
        ImagePositionPatient=[1.5, 2.5, -3.5],
        Manufacturer="",
        Rows=0,
        KVP="",
        ViewCodeSequence=sequence(item(CodeValue="1", ViewModifierCodeSequence=sequence(item(PatientName="A^B")))),
        ReferencedImageSequence=sequence(),
    )
    block = ds.private_block(0x19, "Maker One", create=True)
    block.add_new(0x0C, "IS", "1000")
    block.add_new(0x0D, "UN", b"raw text\0")
    block.add_new(0x0E, "OB", bytes(70_000))
    ds.private_block(0x21, "Two", create=True)
    ds.add_new(0x00231001, "LO", "no creator")
    there = found(ds)
    assert there.at("(0008,0008)") == "ORIGINAL\\PRIMARY"
    assert there.at("(0020,0032)") == "1.5\\2.5\\-3.5"
    assert there.at("(0054,0220)") == "1 items"
    assert there.at("(0008,1140)") == ""
    assert there.at("(0054,0220)[0](0054,0222)[0](0010,0010)") == "A^B"
    assert there.at("(0054,0220)[*](0008,0100)") == "1"
    assert there.at("(0054,0220)[*](0008,0102)") is None
    assert there.at('(0019,"MAKER ONE",0C)') == "1000"
    assert there.at('(0019,"MAKER ONE",0D)') == "raw text"
    assert there.at('(0019,"MAKER ONE",0E)').startswith("sha256:")
    assert there.at("(0023,1001)") == "no creator"
    assert there.at("(0008,0070)") == there.at("(0018,0060)") == ""
    assert there.at("(0010,1010)") is None
    assert there.vrs["(0010,0010)"] == "PN"
    assert "(7FE0,0010)" not in there.values


def test_everything_holds_values_and_the_bytes_outside_the_picture():
    ds = dataset(PixelData=b"QUILLPIX")
    ds.preamble = b"made for Harpwick".ljust(128, b"\0")
    there = found(ds)
    assert "quill^otto" in there.everything
    assert "harpwick" in there.everything
    assert "quillpix" not in there.everything
    assert "dunst harpwickle" in read(data(ds), "one/dunst_Harpwickle.dcm").everything


def test_an_object_without_a_picture():
    there = found(PixelData=None)
    assert there.digest("") == ""
    assert there.sop_instance_uid == "1.2.3"


def test_digests_by_the_length_of_what_is_compared():
    there = found()
    assert len(there.digest("")) == 64
    assert len(there.digest("0" * 32)) == 32


def test_a_value_that_breaks_its_vr_is_shown_as_its_bytes():
    ds = dataset()
    raw = data(ds).replace(b"Q1", b"Q1")
    at = raw.index(struct.pack("<HH", 0x0028, 0x0010))
    broken = raw[: at + 4] + b"US" + struct.pack("<H", 1) + b"\2" + raw[at + 10 :]
    assert read(broken).at("(0028,0010)") == "\2"


def test_what_is_no_object():
    with pytest.raises(Unreadable):
        read(b"nothing")
