"""Two headers side by side: what is told of each element, whatever the encoding."""

from __future__ import annotations

import io
from struct import pack

import pydicom
import pytest
from support.dicom_bytes import BIG, CT, DEFLATED, EXPLICIT, IMPLICIT, US, el, item, seq, slice_of

from isocentre.core.deid import beside as module
from isocentre.core.deid.beside import NOTHING, beside, untouched
from isocentre.core.deid.engine import SubjectContext, deidentify
from isocentre.core.dicom.walk import MalformedDicom
from isocentre.profiles import load

WHO = SubjectContext("P-ABCDEFGHIJKL", "S-01", "Sponsor", "PROT1", "Protocol", "RXH", "", "WK8", "", 56, True, 10)


def laid(data, profile="trial-ct-mr"):
    outcome = deidentify(data, profile=load(profile, 1), study_key=b"k" * 32, context=WHO)
    assert outcome.plan is not None, outcome
    return {line.code: line for line in beside(data, outcome.plan)}, outcome.plan


def more(syntax):
    order = ">" if syntax == BIG else "<"
    inner = item(el(0x00081150, "UI", CT, syntax) + el(0x00081155, "UI", "1.2.3.4", syntax), syntax)
    return {
        "t00081140": seq(0x00081140, [inner], syntax), "t00081110": seq(0x00081110, [], syntax),
        "t00180088": el(0x00180088, "DS", "2.5", syntax),
        "t00189087": el(0x00189087, "FD", pack(f"{order}d", 1000.0), syntax),
        "t00280103": el(0x00280103, "US", pack(f"{order}H", 1), syntax),
    }  # fmt: skip


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG, DEFLATED])
def test_each_element_is_told_in_every_encoding(syntax):
    data = slice_of(syntax, **more(EXPLICIT if syntax == DEFLATED else syntax))
    lines, plan = laid(data)
    name = lines["(0010,0010)"]
    assert (name.old, name.new, name.done, name.tag) == ("SMITHSON^ADA", WHO.pseudonym, "Changed", 0x00100010)
    assert (lines["(0008,0050)"].old, lines["(0008,0050)"].new, lines["(0008,0050)"].done) == (
        "ACC77421",
        "",
        "Emptied",
    )
    assert (lines["(0008,0080)"].new, lines["(0008,0080)"].done) == (None, "Removed")
    assert (lines["(0012,0062)"].old, lines["(0012,0062)"].new, lines["(0012,0062)"].done) == (None, "YES", "Written")
    assert (lines["(0018,9087)"].old, lines["(0018,9087)"].done) == ("1000", "Kept")
    assert lines["(0028,0103)"].new == "1"
    assert (lines["(0008,1140)"].old, lines["(0008,1140)"].new) == ("1 item", "1 item")
    inside = lines["(0008,1140) 1 › (0008,1155)"]
    assert (inside.old, inside.done, inside.tag) == ("1.2.3.4", "Changed", 0x00081155)
    new = pydicom.dcmread(io.BytesIO(b"".join(plan.chunks(data))))
    assert {line.tag for code, line in lines.items() if "›" not in code and line.new is not None} == {
        element.tag for element in new if element.tag != 0x7FE00010
    }  # fmt: skip
    assert not any(code.startswith("(7FE0") for code in lines)


def test_an_object_without_a_picture_is_told_to_its_end():
    structures = slice_of(pixels=None, sop_class="1.2.840.10008.5.1.4.1.1.481.3", t00280010=b"")
    lines, _ = laid(structures, "radiotherapy")
    assert lines["(0028,0301)"].done == "Kept"


def test_values_are_read_by_their_character_set_cut_and_never_guessed_at():
    data = slice_of(
        t00080005=el(0x00080005, "CS", "ISO_IR 100"), t00180050=el(0x00180050, "DS", "5\\" * 200 + "5"),
        t00104000=el(0x00104000, "LT", "Müller".encode("latin-1")), t00181310=el(0x00181310, "UL", b"\1\2"),
        t00281201=el(0x00281201, "OW", bytes(500)), t00090010=el(0x00090010, "LO", "MAKER"),
        t00091001=el(0x00091001, "UN", b"\1\2"), t00091002=el(0x00091002, "UN", b""),
    )  # fmt: skip
    lines, _ = laid(data)
    assert lines["(0010,4000)"].old == "Müller"
    assert len(lines["(0018,0050)"].old) == module.MOST_TEXT + 1
    assert (lines["(0028,1201)"].old, lines["(0028,1201)"].done) == ("500 bytes", "Kept")
    assert (lines["(0018,1310)"].old, lines["(0009,1001)"].old, lines["(0009,1002)"].old) == ("2 bytes", "2 bytes", "")
    assert lines["(0009,0010)"].done == "Removed"


def test_sequences_nobody_named_and_fragments_outside_the_picture_are_told():
    unknown = el(0x00091003, "UN", item(el(0x00100010, "PN", "SMITHSON^ADA", IMPLICIT), IMPLICIT), length=0xFFFFFFFF)
    unknown += bytes.fromhex("feffdde000000000")
    fragments = el(0x00091004, "OB", item(b"\1\2"), length=0xFFFFFFFF) + bytes.fromhex("feffdde000000000")
    lines, _ = laid(slice_of(t00091003=unknown, t00091004=fragments))
    assert lines["(0009,1003) 1 › (0010,0010)"].old == "SMITHSON^ADA"
    assert (lines["(0009,1004)"].old, lines["(0009,1004)"].done) == ("Fragments, not shown", "Removed")


def test_a_header_too_long_to_be_looked_at_is_refused(monkeypatch):
    monkeypatch.setattr(module, "MOST_HEADER", 100)
    with pytest.raises(MalformedDicom, match="too long to be looked at"):
        laid(slice_of())


def test_an_object_of_which_nothing_is_made_is_told_as_it_is():
    found = {line.code: line for line in untouched(slice_of(sop_class=US, **more(EXPLICIT)))}
    assert (found["(0010,0010)"].old, found["(0010,0010)"].new, found["(0010,0010)"].done) == (
        "SMITHSON^ADA",
        None,
        NOTHING,
    )
    assert found["(0008,1140) 1 › (0008,1155)"].old == "1.2.3.4"
