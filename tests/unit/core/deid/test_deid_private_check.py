"""The second check and safe private elements: it reads the list as the engine does, and refuses all else."""

import random
from struct import pack

import pytest
from support.dicom_bytes import EXPLICIT, IMPLICIT, OPEN, el, item, seq, slice_of
from support.safe_private import KEY, V2, WHO, one

from isocentre.core.deid import _safe_private, private, recheck, recheck_private
from isocentre.core.deid.engine import deidentify
from isocentre.core.deid.profile import parse

MR = "SIEMENS MR HEADER"
FULL = parse(V2.text.replace("dates: shifted", "dates: full").replace("113107", "113106"))
KEPT_UIDS = parse(V2.text.replace("  - code: 113111", "  - code: 113110\n    why: A test.\n  - code: 113111"))


def random_value(rng, vr):
    """A value of about the right form, often just beside it."""
    size = {"US": 2, "SS": 2, "UL": 4, "SL": 4, "FL": 4, "AT": 4, "FD": 8}.get(vr)
    if size:
        made = rng.randbytes(size * rng.randrange(7)) if rng.random() < 0.8 else rng.randbytes(rng.randrange(40))
        return made if rng.random() < 0.8 else bytes(rng.choice(b"Smithson^ 0123456789\0") for _ in made)
    words = ["1", "-1.5", "+.5", "1.", ".", "", " 7 ", "1e5", "1E-123", "123456", "1234567", "1000000800", "1000080000",
             "A", "ABC", "ABCD", "A B", "NONE", "EPI2", "1.0:1", "/1.0:1", ":1", "/", "-", "1H", "20240315",
             "202403151011", "20240315101112.5+0100", "2024", "1.2.3", "2.25.77", "1.2.840.10008.1.2", "é", "1\0",
             "²", "٣", "1_000", " ", "0x1", "nan", "inf", "1.2.840.10008.1.2.3.4.5.6.7.8.9.10.11", "1.12345678901",
             "1" * 17, "GITTv1.0", "cm3", "\n1", "1\n"]  # fmt: skip
    text = "\\".join(rng.choice(words) for _ in range(rng.choice((1, 1, 1, 2, 3, 4, 6))))
    return text.encode("latin-1", "replace") + rng.choice((b"", b"", b" ", b"\0", b"\0\0"))


def test_engine_and_second_check_read_the_list_alike():
    rng = random.Random(20261124)
    rows = [(creator, key, row) for creator, found in _safe_private.ELEMENTS.items() for key, row in found.items()]
    seen = set()
    for _ in range(40000):
        creator, key, row = rng.choice(rows)
        rule = private.rules()[creator.encode()][key]
        if row[3] in ("walk", "csa") or row[0] == "OB":
            continue
        vr = rng.choice(row[0].split("/"))
        value = random_value(rng, vr)
        kept = private.fits(rule, vr.encode(), value)
        assert recheck_private.admits((vr, *row[1:]), value) == kept, (row, value)
        seen.add((vr, kept))
    assert {vr for vr, kept in seen if kept} == {vr for vr, kept in seen if not kept}


def full_of_private(syntax):
    """A slice with every kind of listed element, some unlisted ones, a sequence and a CSA header."""
    extra = {}
    for creator, group, rules in ((c, g, [(k, r) for k, r in f.items() if k >> 8 == g])
                                  for c, f in _safe_private.ELEMENTS.items() for g in {k >> 8 for k in f}):  # fmt: skip
        block = next(b for b in range(0x10, 0x40) if group << 16 | b not in extra)
        for key, row in rules[:12]:
            vr = row[0].split("/")[0]
            width = {"US": 2, "SS": 2, "UL": 4, "SL": 4, "FL": 4, "AT": 4, "FD": 8}.get(vr, 0)
            value = bytes(width * max(row[1], 1)) or "\\".join("1" * max(row[1], 1))
            extra |= one(creator, group, key & 0xFF, vr, b"" if vr in ("SQ", "DT") else value, syntax, block=block)
        extra |= one(creator, group, 0xFC, "LO", "Smithson", syntax, block=block)
    inner = el(0x7E010010, "LO", "HOLOGIC, Inc.", syntax) + el(0x7E011012, "OB", b"picture!", syntax)
    hologic = next(tag for tag in extra if tag >> 16 == 0x7E01 and tag & 0xFFFF > 0xFF) & ~0xFF | 0x10
    extra[hologic] = seq(hologic, [item(inner, syntax), item(inner, syntax, True)], syntax, True)
    return slice_of(syntax, **{f"t{tag:08X}": value for tag, value in extra.items()})


@pytest.mark.no_cover
def test_mutated_groups_are_treated_alike_and_leave_nothing_the_check_refuses():
    """Seeded: bytes changed, lengths lied about, creators exchanged, parts cut out and repeated."""
    rng = random.Random(20261124)
    names = [creator.encode() for creator in _safe_private.ELEMENTS]
    sources = [full_of_private(syntax) for syntax in (EXPLICIT, IMPLICIT)]
    passed = 0
    for _ in range(1000):
        data = bytearray(rng.choice(sources))
        for _ in range(rng.randrange(1, 4)):
            at, size = rng.randrange(400, len(data) - 64), rng.randrange(4, 60)
            way = rng.randrange(5)
            if way == 0:
                data[at] = rng.randrange(256)
            elif way == 1:
                data[at : at + 4] = pack("<L", rng.choice((0, 1, 2, 4, 8, OPEN, 0xE000FFFE)))
            elif way == 2:
                old = rng.choice(names)
                place = data.find(old)
                data[place : place + len(old)] = (rng.choice(names) + b" " * 64)[: len(old)]
            elif way == 3:
                del data[at : at + size]
            else:
                data[at:at] = data[at : at + size]
        made = [deidentify(bytes(data), profile=V2, study_key=KEY, context=WHO, slow=slow) for slow in (False, True)]
        assert (made[0].status, made[0].reason) == (made[1].status, made[1].reason)
        if made[0].plan:
            passed += 1
            assert made[0].report == made[1].report
            out = b"".join(made[0].plan.chunks(bytes(data)))
            assert out == b"".join(made[1].plan.chunks(bytes(data)))
            assert {finding.code for finding in recheck.check(out)} <= {"structure"}
    assert passed > 150


def test_the_second_check_admits_what_the_object_says_and_the_list_has():
    extra = {f"t{tag:08X}": value for tag, value in one(MR, 0x0019, 0x0C, "IS", "1000").items()}
    data = slice_of(**extra)
    made = deidentify(data, profile=V2, study_key=KEY, context=WHO)
    out = b"".join(made.plan.chunks(data))
    assert recheck.check(out) == []
    codes = {f.code for f in recheck.check(out.replace(b"113111", b"113110"))}
    assert codes == {"private"}
    changes = [(b"IS\4\0001000", b"IS\4\000Ada "), (b"IS\4\0001000", b"DS\4\0001000"),
               (MR.encode(), MR.lower().encode()),
               (b"\x19\0\x0c\x10IS", b"\x19\0\x0b\x10IS"), (b"\x19\0\x10\0LO", b"\x19\0\x10\0SH"),
               (b"\x19\0\x10\0LO", b"\x19\0\x10\0PN"), (b"\x19\0\x10\0LO", b"\x19\0\x11\0LO")]  # fmt: skip
    for old, new in changes:
        assert out.count(old) == 1
        assert {f.code for f in recheck.check(out.replace(old, new))} == {"private"}, (old, new)


def test_the_second_check_refuses_what_only_its_surroundings_make_wrong():
    """Creators with nothing under them, blocks reserved twice, private elements where a dummy item may stand alone."""
    creator, other, b_value = el(0x00190010, "LO", MR), el(0x00190010, "LO", "ADA"), el(0x0019100C, "IS", "1000")
    data = slice_of()
    out = b"".join(deidentify(data, profile=V2, study_key=KEY, context=WHO).plan.chunks(data))
    at = out.index(pack("<HH", 0x0020, 0x000D))

    def said(more, place=at):
        return {finding.code for finding in recheck.check(out[:place] + more + out[place:])}

    def inside(body, tag=0x00189346):
        return seq(tag, [item(body, is_open=True), item(b"")])

    assert said(creator + b_value) == said(inside(creator + b_value)) == set()
    for alone in (creator, other, inside(creator), inside(other)):
        assert said(alone) == {"private"}
    for twice in (creator + other + b_value, other + creator + b_value, creator + b_value + other):
        assert said(inside(twice)) == {"private"}
    place = out.index(pack("<HH", 0x0010, 0x0010))
    assert said(inside(el(0x00180050, "DS", ""), 0x00081062), place) == set()
    assert "private" in said(inside(creator + b_value, 0x00081062), place)


def test_uids_stay_only_where_the_profile_keeps_uids():
    extra = {f"t{tag:08X}": value for tag, value in one("NQHeader", 0x0099, 0x02, "UI", "1.2.3.2").items()}
    data = slice_of(**extra)
    for slow in (True, False):
        made = deidentify(data, profile=KEPT_UIDS, study_key=KEY, context=WHO, slow=slow)
        out = b"".join(made.plan.chunks(data))
        assert extra["t00991002"] in out
        assert recheck.check(out, keyed_uids=False) == []
        assert {f.code for f in recheck.check(out)} == {"private", "uid"}
        # Kept UIDs are not told on, everything else that is known of the patient is, and a number with a point too.
        assert recheck.check(out, needles=("1.2.3.4", "1.2.3.1"), keyed_uids=False) == []
        assert {f.code for f in recheck.check(out, needles=("1.2.3.4",))} == {"private", "uid", "identifier"}
        for known in ("CHEST", "12.3.4"):
            named = out.replace(b"CHEST\0", b"12.3.4").replace(b"CHEST ", b"12.3.4") if known[0] == "1" else out
            found = {f.code for f in recheck.check(named, needles=("1.2.3.4", known), keyed_uids=False)}
            assert found == {"identifier"}, known
        silent = out.replace(b"113110", b"113108")
        assert "identifier" in {f.code for f in recheck.check(silent, needles=("1.2.3.4",), keyed_uids=False)}
        spoiled = out.replace(b"1.2.3.2\0", b"Ada Ada\0")
        assert {f.code for f in recheck.check(spoiled, keyed_uids=False)} == {"private", "uid"}


def test_the_second_check_refuses_a_time_where_dates_are_removed():
    extra = {f"t{tag:08X}": value for tag, value in one("SIEMENS MED PT", 0x0071, 0x22, "DT", "20240315").items()}
    data = slice_of(**extra)
    made = deidentify(data, profile=FULL, study_key=KEY, context=WHO)
    out = b"".join(made.plan.chunks(data))
    assert recheck.check(out) == []
    assert {f.code for f in recheck.check(out.replace(b"UNMODIFIED", b"REMOVED   "))} == {"private"}


def test_the_second_check_reads_no_value_without_end():
    assert recheck_private.admits(("FL", 1, 0, "keep"), bytes(1 << 20))
    assert not recheck_private.admits(("FL", 1, 0, "keep"), bytes((1 << 20) + 4))
    assert recheck_private.admits(("DS", 1, 0, "keep"), b"1\\" * 32767 + b"1")
    assert not recheck_private.admits(("DS", 1, 0, "keep"), b"1\\" * 32768 + b"1")
