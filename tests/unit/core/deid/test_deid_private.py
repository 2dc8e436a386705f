"""Safe private elements (113111): by creator, in the form of the table, by both roads and both checks alike."""

import io
from struct import pack

import pydicom
import pytest
from support.dicom_bytes import BIG, DEFLATED, EXPLICIT, IMPLICIT, OPEN, el, item, mark, raw, seq, slice_of
from support.safe_private import KEY, V1, V2, WHO, one

from isocentre.core.deid import _safe_private, recheck
from isocentre.core.deid.engine import deidentify
from isocentre.core.deid.profile import parse
from isocentre.profiles import load

SAFE = "  - code: 113111\n    why: A test.\n"
FULL = parse(V2.text.replace("dates: shifted", "dates: full").replace("113107", "113106"))
UNDATED = parse(load("basic").text.replace("options: []", "options:\n" + SAFE))
MR, GE, PHILIPS = "SIEMENS MR HEADER", "GEMS_PARM_01", "Philips Imaging DD 001"


def done(extra, profile=V2, syntax=EXPLICIT):
    """Data set and report of a slice with more elements, after both roads and the second check agreed."""
    data = slice_of(syntax, **{f"t{tag:08X}": value for tag, value in extra.items()})
    fast = deidentify(data, profile=profile, study_key=KEY, context=WHO)
    slow = deidentify(data, profile=profile, study_key=KEY, context=WHO, slow=True)
    assert fast.plan is not None, fast
    out = b"".join(fast.plan.chunks(data))
    assert out == b"".join(slow.plan.chunks(data))
    assert fast.report == slow.report
    assert recheck.check(out) == []
    return pydicom.dcmread(io.BytesIO(out)), fast.report, out


def left(extra, profile=V2, syntax=EXPLICIT):
    """Private tags that stay, by number."""
    return sorted(int(e.tag) for e in done(extra, profile, syntax)[0] if e.tag.is_private)


def order(syntax, form, *values):
    return pack((">" if syntax == BIG else "<") + form, *values)


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG, DEFLATED])
def test_what_the_table_names_stays_as_it_lies(syntax):
    direction = order(syntax, "ddd", 0.6, -0.8, 0.0)
    extra = one(MR, 0x0019, 0x0C, "IS", "1000", syntax) | one(MR, 0x0019, 0x0E, "FD", direction, syntax)
    extra |= one(PHILIPS, 0x2001, 0x03, "FL", order(syntax, "f", 800.0), syntax, block=0x42)
    extra |= one(GE, 0x0043, 0x39, "IS", "1000000800\\8\\0\\0", syntax)
    found, report, _ = done(extra, syntax=syntax)
    assert found[0x0019, 0x100C].value == 1000
    assert found[0x0019, 0x100E].value == [0.6, -0.8, 0.0]
    assert found[0x2001, 0x4203].value == 800.0
    assert found[0x0043, 0x1039].value[0] == 1000000800
    assert report.actions["X"] == done({}, syntax=syntax)[1].actions["X"]
    assert left(extra, V1, syntax) == []


def test_a_block_is_nothing_without_its_creator():
    b_value = {0x0019100C: el(0x0019100C, "IS", "1000")}
    assert left(b_value) == []
    assert left(b_value | {0x00190011: el(0x00190011, "LO", MR)}) == []
    assert left(b_value | {0x00190010: el(0x00190010, "LO", "SMITHSON ADA")}) == []
    assert left(b_value | {0x00190010: el(0x00190010, "SH", MR)}) == []
    assert left(b_value | {0x00190010: el(0x00190010, "LO", MR.ljust(66))}) == []
    assert left(b_value | {0x00210010: el(0x00210010, "LO", MR)}) == []
    assert left(b_value | {0x00190010: el(0x00190010, "UN", MR)}) == [0x00190010, 0x0019100C]
    assert left(one(MR, 0x0019, 0x0C, "IS", "1000", block=0xFE)) == [0x001900FE, 0x0019FE0C]
    assert left({0x00190000: el(0x00190000, "UL", bytes(4)), 0x00190101: el(0x00190101, "LO", MR)}) == []


def test_a_creator_stays_only_where_something_under_it_does():
    assert left(one(MR, 0x0019, 0x10, "LO", "Smithson")) == []
    two = one(MR, 0x0019, 0x0C, "IS", "5") | one("GEMS_ACQU_01", 0x0019, 0x9E, "LO", "Smithson", block=0x11)
    assert left(two) == [0x00190010, 0x0019100C]
    assert done(two)[1].actions["X"] == done({})[1].actions["X"] + 2


@pytest.mark.parametrize(
    ("creator", "tag", "vr", "value"),
    [
        (MR, 0x00190C, "DS", "1000"),  # another VR
        (MR, 0x00190C, "IS", "1\\2"),  # too many values
        (MR, 0x00190C, "IS", "19310203"),  # a date
        (MR, 0x00190C, "IS", "Ada"),
        (MR, 0x00190D, "CS", "SMITHSON"),
        (MR, 0x00190E, "FD", bytes(16)),  # two numbers, not three
        (MR, 0x00190E, "FD", bytes(22)),
        (MR, 0x00190E, "FD", b"Smithson^Ada, 1931-02-03"),
        (GE, 0x004339, "IS", "9434765919"),  # an NHS number
        (GE, 0x00436F, "DS", "9434765.9\\0\\0\\0"),
        (GE, 0x00436F, "DS", "0\\0"),  # at least three
        (GE, 0x004327, "SH", "Smithson"),
        (GE, 0x004383, "DS", "0\\" * 40000 + "0"),
        ("Philips MR Imaging DD 001", 0x20050E, "FL", pack("<ff", 1, 2)),
        ("Philips Imaging DD 001", 0x200174, "DS", "1\\Ada"),
        ("SIEMENS MED PT", 0x007122, "DT", "born 1931"),
        ("NQHeader", 0x009902, "UI", "Smithson"),
        ("NQHeader", 0x009905, "LT", "Smithson fell"),
        ("Philips ST80i", 0x002501, "OW", b"Smithson"),
        ("SIEMENS CSA HEADER", 0x002910, "OB", b"Smithson"),
        ("Philips Imaging DD 001", 0x2001F2, "FL", bytes(1 << 20) + bytes(4)),
        ("HOLOGIC, Inc.", 0x7E0110, "UN", b"Smithson"),
        ("HOLOGIC, Inc.", 0x7E0110, "OB", b"Smithson"),
    ],
)
def test_a_value_that_is_not_as_the_table_says_goes(creator, tag, vr, value):
    if len(value) < 0x10000 or vr in ("OB", "OW", "UN"):
        assert left(one(creator, tag >> 8, tag & 0xFF, vr, value)) == []
    assert left(one(creator, tag >> 8, tag & 0xFF, vr, value, IMPLICIT), syntax=IMPLICIT) == [] or vr in ("DS", "OB")
    extra = one(creator, tag >> 8, tag & 0xFF, vr, value, said="UN")
    assert left(extra) == [] or vr in ("DS", "OB")  # unsaid, a value of fitting form is taken for what the table says


@pytest.mark.parametrize(
    ("creator", "tag", "vr", "value"),
    [
        (MR, 0x00190C, "IS", ""),
        (MR, 0x00190C, "IS", " 1000 "),
        (MR, 0x00190E, "FD", b""),
        (GE, 0x00436F, "DS", "0\\-1.5e-3\\ .5 "),
        (GE, 0x004327, "SH", "0.984:1"),
        ("GEMS_ACQU_01", 0x00199E, "LO", "EPI2"),
        ("Philips Imaging DD 001", 0x20010B, "CS", "TRANSVERSAL"),
        ("HOLOGIC, Inc.", 0x7E0102, "LO", "HLXR"),
        ("HOLOGIC, Inc.", 0x7E0102, "SH", "HLXR"),
        ("HOLOGIC, Inc.", 0x7E0112, "OB", b"picture bytes, unseen"),
    ],
)
def test_a_value_that_is_as_the_table_says_stays(creator, tag, vr, value):
    for said, syntax in ((None, EXPLICIT), ("UN", EXPLICIT), (None, IMPLICIT)):
        extra = one(creator, tag >> 8, tag & 0xFF, vr, value, syntax, said=said)
        found, _, out = done(extra, syntax=syntax)
        assert len([e for e in found if e.tag.is_private]) == 2
        assert raw(value, said or vr) in out


def text(element):
    """The text of an element pydicom may not know."""
    return element.value.decode().strip("\0 ") if isinstance(element.value, bytes) else str(element.value)


def test_times_move_with_the_others_and_uids_are_keyed():
    def extra_in(syntax):
        made = one("SIEMENS MED PT", 0x0071, 0x22, "DT", "20240315101112.500000+0100", syntax)
        made |= one("GEMS_PETD_01", 0x0009, 0x0D, "DT", "20240315101112.00", syntax)
        return made | one("NQHeader", 0x0099, 0x02, "UI", "1.2.3.2", syntax)

    extra = extra_in(EXPLICIT)
    for syntax in (EXPLICIT, IMPLICIT):
        found, report, _ = done(extra_in(syntax), syntax=syntax)
        assert text(found[0x0071, 0x1022]) == "20240105101112.500000+0100"
        assert found[0x0009, 0x100D].value == "20240105101112.00"
        assert text(found[0x0099, 0x1002]) == found.SeriesInstanceUID
        plain = done({}, syntax=syntax)[1].actions
        assert (report.actions["C"], report.actions["U"]) == (plain["C"] + 2, plain["U"] + 1)
    assert done(extra, FULL)[0][0x0071, 0x1022].value == "20240315101112.500000+0100"
    assert left(extra, UNDATED) == [0x00990010, 0x00991002]
    assert left(one("SIEMENS MED PT", 0x0071, 0x22, "DT", "00010101")) == []  # before there were dates
    assert len(left(one("SIEMENS MED PT", 0x0071, 0x22, "DT", ""))) == 2


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
@pytest.mark.parametrize("is_open", [True, False])
def test_sequences_inside_are_walked(syntax, is_open):
    """Standard elements by the profile, private ones by the creators of their own item."""
    hologic = "HOLOGIC, Inc."
    good = el(0x00280010, "US", order(syntax, "H", 9), syntax)
    bad = el(0x00100010, "PN", "SMITHSON^ADA", syntax)
    inner = el(0x7E010010, "LO", hologic, syntax) + el(0x7E011012, "OB", b"pictures", syntax)
    orphan = el(0x7E011012, "OB", b"pictures", syntax)
    extra = {
        0x7E010010: el(0x7E010010, "LO", hologic, syntax),
        0x7E011010: seq(0x7E011010, [item(bad + good + inner, syntax, is_open)], syntax, is_open),
        0x7E011011: seq(0x7E011011, [item(good + orphan, syntax, is_open)], syntax, is_open),
    }
    found, _, out = done(extra, syntax=syntax)
    assert b"SMITHSON" not in out
    assert [int(e.tag) for e in found[0x7E01, 0x1010].value[0]] == [0x00280010, 0x7E010010, 0x7E011012]
    assert [int(e.tag) for e in found[0x7E01, 0x1011].value[0]] == [0x00280010]
    whole = {**extra, 0x7E011010: seq(0x7E011010, [item(good + inner, syntax, is_open)], syntax, is_open)}
    assert whole[0x7E011010] in done(whole, syntax=syntax)[2]
    assert left({**extra, 0x7E011010: seq(0x7E011010, [], syntax)}, syntax=syntax)[1] == 0x7E011010


def test_a_sequence_sent_as_unknown_is_walked_too():
    hologic = "HOLOGIC, Inc."
    body = el(0x00100010, "PN", "SMITHSON^ADA", IMPLICIT) + el(0x00280010, "US", pack("<H", 9), IMPLICIT)
    extra = {
        0x7E010010: el(0x7E010010, "LO", hologic),
        0x7E011010: el(0x7E011010, "UN", item(body)),
        0x7E011011: el(0x7E011011, "UN", item(body, is_open=True), length=OPEN) + mark(0xE0DD),
    }
    found, _, out = done(extra)
    assert b"SMITHSON" not in out
    assert len([e for e in found if e.tag.is_private]) == 3
    big = {tag: el(tag, "UN" if tag & 0xFF00 else "LO", item(body) if tag & 0xFF00 else hologic, BIG) for tag in extra}
    assert left(big, syntax=BIG) == []  # UN is little-endian always: of no use where the rest is not


def test_what_may_not_be_open_ended_goes():
    pixels = el(0x7E011012, "OB", mark(0xE000) + mark(0xE000, 2) + b"ab" + mark(0xE0DD), length=OPEN)
    assert left({0x7E010010: el(0x7E010010, "LO", "HOLOGIC, Inc."), 0x7E011012: pixels}) == []


def nested(body):
    """A private run in an item, where the order of elements is not asked for."""
    return {0x52009229: seq(0x52009229, [item(body)])}


def test_a_block_reserved_twice_belongs_to_nobody():
    creator, other = el(0x00190010, "LO", MR), el(0x00190010, "LO", "SMITHSON ADA")
    b_value = el(0x0019100C, "IS", "1000")
    for body in (creator + other + b_value, other + creator + b_value, creator + creator + b_value):
        assert list(done(nested(body))[0][0x5200, 0x9229].value[0]) == []
    first = done(nested(creator + b_value + other + el(0x0019100D, "CS", "NONE")))[0]
    assert [int(e.tag) for e in first[0x5200, 0x9229].value[0]] == [0x00190010, 0x0019100C]
    late = done(nested(b_value + creator))[0]
    assert list(late[0x5200, 0x9229].value[0]) == []


def test_two_runs_of_a_group_in_an_item_are_apart():
    creator, b_value = el(0x00190010, "LO", MR), el(0x0019100C, "IS", "1000")
    kept = creator + b_value + el(0x00180050, "DS", "1")
    assert kept in done(nested(kept + b_value))[2]
    ge = el(0x00430010, "LO", GE) + el(0x00431039, "IS", "5")
    assert kept[:-10] + ge in done(nested(creator + b_value + ge))[2]


@pytest.mark.parametrize("broken", [
    el(0x00191001, "IS", "1", length=5000), el(0x00191001, "IS", "1")[:7], el(0x00191001, "ZZ", "1"),
    el(0x00191001, "UN", "1")[:10], el(0x00191001, "IS", "1") * 2, el(0x00191002, "IS", "1") + el(0x00191001, "IS"),
])  # fmt: skip
def test_what_cannot_be_followed_is_held_alike(broken):
    for before in (b"", el(0x00190010, "LO", MR)):
        data = slice_of(pixels=None)
        cut = data.index(pack("<HH", 0x20, 0x0D))
        whole = data[:cut] + before + broken
        said = {deidentify(whole, profile=V2, study_key=KEY, context=WHO, slow=slow).words for slow in (True, False)}
        assert len(said) == 1
        assert "cannot be read" in said.pop()


def test_the_list_is_whole():
    assert _safe_private.EDITION == "2026d"
    assert sum(len(found) for found in _safe_private.ELEMENTS.values()) == 495
    actions = {row[3] for found in _safe_private.ELEMENTS.values() for row in found.values()}
    assert actions == {"keep", "shift", "key", "walk", "csa"}
    blobs = {(creator, key) for creator, found in _safe_private.ELEMENTS.items() for key, row in found.items()
             if row[0] in ("OB", "OW") and row[3] != "csa"}  # fmt: skip
    assert blobs == {("HOLOGIC, Inc.", 0x7E0112)}
    assert all(key >> 8 & 1 for found in _safe_private.ELEMENTS.values() for key in found)


def test_a_profile_says_that_it_keeps_them():
    found, report, _ = done({})
    assert "113111" in [code.CodeValue for code in found.DeidentificationMethodCodeSequence]
    assert report.profile == "trial-ct-mr v2"
