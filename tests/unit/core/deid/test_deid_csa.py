"""CSA headers: only listed fields in their form come through, written anew; hostile ones are dropped, and soon."""

import random
import time
from struct import pack, unpack_from

import pytest
from support.dicom_bytes import raw, slice_of
from support.safe_private import KEY, V2, WHO, one

from isocentre.core.deid import _safe_private, csa, recheck, recheck_private
from isocentre.core.deid.engine import deidentify

ROW = ("OB", 1, 1, "csa")


def header(*fields, mark=b"SV10\4\3\2\1", end=bytes(4)):
    """A CSA header of (name, VR, values) as a scanner writes it, leftovers of its memory behind every name."""
    out = mark + pack("<LL", len(fields), 77)
    for name, vr, values in fields:
        junk = b"\0SMITHSON^ADA leftover of the name before in the memory of a scanner"
        out += (name.encode() + junk)[:64] + pack("<l4slll", len(values), vr.encode() + b"\0J", 6, len(values), 77)
        for value in values:
            text = value.encode() + b"\0" if value else b""
            out += pack("<4l", len(text), len(text), 77, len(text)) + text + b"JUNK"[: -len(text) % 4]
    return out + end


def read(data):
    """Fields of a CSA header, read by separate code."""
    count, pos, found = unpack_from("<L", data, 8)[0], 16, {}
    for _ in range(count):
        name, items = data[pos : pos + 64].rstrip(b"\0").decode(), unpack_from("<l", data, pos + 76)[0]
        pos += 84
        values = []
        for _ in range(items):
            size = unpack_from("<4l", data, pos)[1]
            values.append(data[pos + 16 : pos + 16 + size].rstrip(b"\0").decode())
            pos += 16 + (size + 3) // 4 * 4
        found[name] = values
    return found


GOOD = header(
    ("B_value", "IS", ["1000    "]), ("DiffusionGradientDirection", "FD", ["0.6", "-0.8", "0.00000000"]),
    ("UsedChannelString", "UT", ["SMITHSON"]), ("ImaCoilString", "LO", ["HEA;HEP"]),
    ("NumberOfImagesInMosaic", "US", ["40", "", ""]), ("AcquisitionMatrixText", "SH", ["64p*64"]),
    ("DiffusionDirectionality", "CS", ["DIRECTIONAL"]), ("MosaicRefAcqTimes", "FD", ["0", "67.5", "-1.5e-3", ".5"]),
    ("B_matrix", "FD", []), ("PatientName", "PN", ["SMITHSON^ADA"]), ("MrPhoenixProtocol", "UN", ["SMITHSON" * 99]),
)  # fmt: skip


def test_only_listed_fields_stay_and_nothing_lies_between_them():
    made = csa.rewrite(GOOD)
    assert read(made) == {
        "B_value": ["1000"], "DiffusionGradientDirection": ["0.6", "-0.8", "0.00000000"],
        "NumberOfImagesInMosaic": ["40", "", ""], "AcquisitionMatrixText": ["64p*64"],
        "DiffusionDirectionality": ["DIRECTIONAL"], "MosaicRefAcqTimes": ["0", "67.5", "-1.5e-3", ".5"], "B_matrix": [],
    }  # fmt: skip
    assert b"SMITH" not in made
    assert b"J" not in made
    assert csa.rewrite(made) == made
    assert recheck_private.admits(ROW, made)
    assert not recheck_private.admits(ROW, GOOD)


@pytest.mark.parametrize(
    "field",
    [
        ("B_value", "IS", ["SMITHSON"]), ("B_value", "IS", ["1931020399"]), ("B_value", "LO", ["1000"]),
        ("B_value", "IS", ["1000", "Ada"]), ("B_value", "IS", ["1" * 65]), ("DiffusionDirectionality", "CS", ["ADA"]),
        ("AcquisitionMatrixText", "SH", ["64*64 Ada"]), ("b_value", "IS", ["1000"]), ("B_matrix", "FD", ["1.", "1.e"]),
        ("ImaPATModeText", "LO", ["p2\nAda"]), ("TimeAfterStart", "DS", ["1" + "0" * 60]), ("", "IS", ["1"]),
    ],
)  # fmt: skip
def test_a_field_that_is_not_as_listed_goes(field):
    assert csa.rewrite(header(field)) is None
    assert read(csa.rewrite(header(field, ("RealDwellTime", "IS", ["3400"])))) == {"RealDwellTime": ["3400"]}


@pytest.mark.parametrize(
    "data",
    [
        b"", b"SV10", GOOD[:16], GOOD[:90], GOOD[:110], GOOD[:120], GOOD.replace(b"SV10", b"SV11"),
        GOOD[:8] + pack("<L", 513) + GOOD[12:], GOOD[:12] + pack("<L", 205) + GOOD[16:],
        GOOD[:92] + pack("<l", -1) + GOOD[96:], GOOD[:92] + pack("<l", 5000) + GOOD[96:],
        GOOD[:104] + pack("<l", -1) + GOOD[108:], GOOD[:104] + pack("<l", 1 << 30) + GOOD[108:], header(),
    ],
)  # fmt: skip
def test_a_header_that_cannot_be_followed_goes(data):
    assert csa.rewrite(data) is None
    assert not recheck_private.admits(ROW, data)


def test_a_count_of_values_out_of_range_drops_its_field():
    data = header(("B_value", "IS", ["1"]), ("RealDwellTime", "IS", ["3400"]))
    assert read(csa.rewrite(data[:80] + pack("<l", -1) + data[84:])) == {"RealDwellTime": ["3400"]}


def test_it_goes_through_the_engine_and_the_second_check():
    extra = one("SIEMENS CSA HEADER", 0x0029, 0x10, "OB", GOOD) | one("SIEMENS CSA HEADER", 0x0029, 0x20, "OB", b"none")
    data = slice_of(**{f"t{tag:08X}": value for tag, value in extra.items()})
    made = deidentify(data, profile=V2, study_key=KEY, context=WHO)
    out = b"".join(made.plan.chunks(data))
    assert raw(csa.rewrite(GOOD), "OB") in out
    assert b"\x29\0\x20\x10" not in out
    assert recheck.check(out, needles=("SMITHSON^ADA",)) == []
    spoiled = out.replace(b"DIRECTIONAL\0", b"SMITHSON\0\0\0\0")
    assert {finding.code for finding in recheck.check(spoiled)} == {"private"}


def test_every_byte_of_a_written_header_is_checked():
    """Whatever byte is changed, the check sees it, or what the byte says is still a number or a listed field."""
    made = csa.rewrite(GOOD)
    rng = random.Random(7)
    for at in range(len(made)):
        for value in {0, 0x41, 0xFF, rng.randrange(256)} - {made[at]}:
            spoiled = made[:at] + bytes([value]) + made[at + 1 :]
            if recheck_private.admits(ROW, spoiled):
                fields = read(spoiled)
                assert set(fields) <= set(_safe_private.CSA)
                for name, values in fields.items():
                    assert csa.rewrite(header((name, _safe_private.CSA[name][0], values)))


@pytest.mark.parametrize("end", [bytes(3), b"Ada.", bytes(8), b""])
def test_what_follows_a_written_header_is_checked(end):
    assert not recheck_private.admits(ROW, csa.rewrite(GOOD)[:-4] + end)
    assert recheck_private.admits(ROW, csa.rewrite(GOOD) + b"\0")


def test_a_written_header_that_is_cut_is_refused():
    made = csa.rewrite(GOOD)
    assert not any(recheck_private.admits(ROW, made[:length]) for length in range(len(made)))


@pytest.mark.no_cover
def test_hostile_headers_are_bounded_and_leave_nothing():
    """Seeded: bytes flipped, cut, sizes set to extremes. What comes out is only listed fields, and never late."""
    rng = random.Random(20261124)
    started, written = time.monotonic(), 0
    for _ in range(8000):
        data = bytearray(GOOD)
        for _ in range(rng.randrange(1, 6)):
            at = rng.randrange(len(data) - 4)
            data[at : at + 4] = rng.choice((rng.randbytes(4), pack("<l", rng.choice((-1, 0, 1, 77, 1 << 30, 4096)))))
        made = csa.rewrite(bytes(data[: rng.choice((len(data), rng.randrange(len(data))))]))
        if made is not None:
            written += 1
            assert recheck_private.admits(ROW, made)
            assert set(read(made)) <= set(_safe_private.CSA)
            assert b"SMITH" not in made
    assert written > 500
    many = header(*[("B_value", "IS", [""] * 4096)] * 12)
    assert read(csa.rewrite(many)) == {"B_value": [""] * 4096}
    assert csa.rewrite(header(("B_value", "IS", ["9" * 900000]))) is None
    assert time.monotonic() - started < 60
