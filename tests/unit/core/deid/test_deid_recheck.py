"""The second check catches what a broken engine would let through, and has no complaint about a good object."""

import io
import re
import subprocess
import sys
from base64 import b64encode, urlsafe_b64encode

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.checked import codes, good
from support.dicom_bytes import BIG, CT, DEFLATED, EXPLICIT, IMPLICIT, OPEN, el, item, mark, part10, seq

from isocentre.core.deid import needles, recheck, recheck_fold, recheck_sorts, recheck_walk
from isocentre.core.dicom.part10 import file_meta


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG, DEFLATED])
@pytest.mark.parametrize("is_open", [True, False])
def test_a_good_object_passes(syntax, is_open):
    data = good(syntax, is_open)
    assert recheck.check(data, needles=("SMITHSON^ADA", "9434765919", "")) == []
    pydicom.dcmread(io.BytesIO(data))


def test_the_head_alone_is_enough():
    assert recheck.check(good()[:-4]) == []
    fragments = el(0x7FE00010, "OB", mark(0xE000) + mark(0xE000, 2) + b"ab" + mark(0xE0DD), EXPLICIT, OPEN)
    assert recheck.check(good(t7FE00010=fragments)) == []
    assert recheck.check(good(t7FE00010=fragments)[: -len(fragments) + 12]) == []
    assert recheck.check(good(t7FE00010=None)) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"t00120062": el(0x00120062, "CS", "NO")}, "not_marked"),
        ({"t00120062": None}, "not_marked"),
        ({"t00120064": None}, "no_method"),
        ({"t00120064": seq(0x00120064, [item(el(0x00080100, "SH", "113105"))])}, "no_method"),
        ({"t00280301": el(0x00280301, "CS", "YES")}, "burned_in"),
        ({"t52009229": seq(0x52009229, [item(el(0x00280301, "CS", "YES"))])}, "burned_in"),
        ({"t00100020": el(0x00100020, "LO", "RXH1234567")}, "pseudonym"),
        ({"t00100010": el(0x00100010, "PN", "SMITHSON^ADA")}, "forbidden"),
        ({"t00100030": el(0x00100030, "DA", "19310203")}, "forbidden"),
        ({"t00101060": el(0x00101060, "PN", "SMITHSON")}, "forbidden"),
        ({"t00401101": seq(0x00401101, [], is_open=True)}, "forbidden"),
        ({"t52009229": seq(0x52009229, [item(el(0x00080050, "SH", "ACC1"))])}, "forbidden"),
        ({"t52009229": seq(0x52009229, [item(el(0x00090010, "LO", "X"), is_open=True)], is_open=True)}, "private"),
        ({"t00091001": el(0x00091001, "UN", b"x")}, "private"),
        ({"t60003000": el(0x60003000, "OW", b"xx")}, "forbidden"),
        ({"t52009229": seq(0x52009229, [item(el(0x7FE00010, "OW", b"abcd"))])}, "forbidden"),
        ({"t50000010": el(0x50000010, "US", b"xx")}, "forbidden"),
        ({"t0020000D": el(0x0020000D, "UI", "1.2.3")}, "uid"),
        ({"t00080018": el(0x00080018, "UI", "2.25.9")}, "file_meta"),
        ({"t7FE00011": el(0x7FE00020, "LT", "note")}, "after_pixels"),
    ],
)
def test_each_slip_is_found(change, code):
    data = good(**change)
    assert code in codes(data)
    assert "SMITHSON" not in str(recheck.check(data, needles=("SMITHSON^ADA",)))


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
def test_an_element_that_goes_on_behind_the_data_is_followed_no_further(syntax):
    longer = el(0x00400244, "DA", "20240315", syntax, 4000)
    [finding] = recheck.check(good(syntax, t7FE00010=None, t00400244=longer))
    assert (finding.code, "longer than the data" in finding.words) == ("structure", True)


def test_the_pseudonym_form_may_be_left_open():
    data = good(t00100020=el(0x00100020, "LO", "OTHER"), t00100010=el(0x00100010, "PN", "OTHER"))
    assert codes(data) == {"pseudonym"}
    assert codes(data, pseudonym_form=False) == set()


def test_preamble_and_file_meta_are_looked_at():
    assert "preamble" in codes(b"II*\0" + good()[4:])
    assert "file_meta" in codes(part10(good()[len(file_meta(CT, "2.25.1", EXPLICIT)) :]))
    meta = file_meta(CT, "2.25.1", EXPLICIT, calling_ae="HOSPITAL")
    assert "file_meta" in codes(meta + good()[len(file_meta(CT, "2.25.1", EXPLICIT)) :])


START = good()[: good().index(b"\x12\0\x62\0")]
DEEP = b""
for _ in range(80):
    DEEP = seq(0x00081140, [item(DEEP)])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x" * 200,
        file_meta(CT, "2.25.1", "1.2.3"),
        bytes(128) + b"DICM\2\0\0\0UL\xff\0",
        file_meta(CT, "2.25.1", DEFLATED) + b"\xff" * 40,
        good(DEFLATED)[:-8],
        START + b"\x12",
        START + b"\x12\0\x62\0OB\0\0",
        START + el(0x00120062, "CS", "YES", EXPLICIT, 400),
        START + el(0x00120064, "SQ", mark(0xE000, 90), EXPLICIT),
        START + el(0x00120064, "SQ", item(b""), EXPLICIT, OPEN),
        START + el(0x00120063, "SQ", item(b"")[:-2], EXPLICIT),
        START + el(0x00120063, "SQ", item(b""), EXPLICIT, 90),
        START + el(0x00120064, "SQ", mark(0xE000, OPEN), EXPLICIT, OPEN),
        START + el(0x00120064, "SQ", el(0x00080100, "SH", "1"), EXPLICIT),
        START + DEEP,
        good()[:-2],
        good(t7FE00010=el(0x7FE00010, "OB", mark(0xE000, 90), EXPLICIT, OPEN)),
        good(t7FE00010=el(0x7FE00010, "OB", mark(0xE000), EXPLICIT, OPEN)),
        good(t00420011=el(0x00420012, "OB", mark(0xE000), EXPLICIT, OPEN)),
    ],
)
def test_what_cannot_be_followed_does_not_pass(data):
    assert "structure" in codes(data)


def test_nested_fragments_and_un_sequences_are_followed():
    fragments = el(0x00420012, "OB", item(b"ab") + mark(0xE0DD), EXPLICIT, OPEN)
    implicit = item(el(0x00181030, "LO", "X", IMPLICIT), IMPLICIT)
    shown = item(el(0x00080050, "SH", "ACC1"))
    assert codes(good(t00420012=fragments, t52009229=seq(0x52009229, [implicit], vr="UN"))) == set()
    assert codes(good(t52009229=seq(0x52009229, [shown], vr="UN", is_open=True))) == {"forbidden"}


KNOWN = (
    "SMITHSON^ADA LOVE",
    "RXH1234567",
    "9434765919",
    "19310203",
    "1.2.3.4.5.6",
    "山田^太郎",
    "O'Brien",
    "Żukówna^Ida",
    "ЖАРОВ^Олег",
)
HIDDEN = [
    b"seen by Dr smithson today", b"ADA LOVE", b"LOVE^ADA", b"rxh1234567", b"7654321HXR", b"943 476 5919",
    b"943-476-5919",
    b"9195674349", b"1931-02-03", b"03/02/1931", b"03021931", b"1.2.3.4.5.6", "SMITHSON".encode("utf-16-le"),
    "SMITHSON".encode("utf-16-be"), b64encode(b"Smithson"), b"x" + b64encode(b"smithson ada").strip(b"="), b"NOSHTIMS",
    urlsafe_b64encode("9434765919".encode("utf-16-le")), b"SMITHSON".hex().encode(), b"(53 6d 69 74 68 73 6f 6e)",
    "Smi\u200bthson".encode(), "\u202eЅmithѕon\u202c".encode(), "Ｓｍｉｔｈｓｏｎ".encode(),
    "ŻUKÓWNA".encode(), "Żuk\u00adówna".encode(), b"zukowna", "ŻUKÓWNA".encode("utf-16-le"), "Жаров".encode("cp1251"),
    "ЖАРОВ".encode("iso8859-5"), "жаров".encode(),
    b"RXH1234567".hex(":").encode(), "山田太郎".encode().hex().encode(),
    "山田".encode(), "太郎".encode("shift_jis"), b"obrien",
]  # fmt: skip


def test_a_serial_number_may_have_the_form_of_an_nhs_number_but_not_be_this_patients():
    for written in ("9434765919", "943 476 5919", "943-476-5919"):
        data = good(t00181000=el(0x00181000, "LO", written))
        assert recheck.check(data) == [], "the national side knows nobody, and takes it for what its attribute says"
        assert recheck.check(data, needles=("SMITHSON^ADA", "RXH1234567", "9990000018")) == []
        for known in ("9434765919", "943 476 5919"):
            (finding,) = recheck.check(data, needles=("SMITHSON^ADA", known))
            assert (finding.code, "(0018,1000)" in finding.words) == ("identifier", True)


@pytest.mark.parametrize("text", HIDDEN)
def test_what_is_known_is_found_in_its_disguises(text):
    data = good(t00184000=el(0x00184000, "LT", b"note: " + text))
    (finding,) = recheck.check(data, needles=KNOWN)
    assert finding.code == "identifier"
    assert "(0018,4000)" in finding.words or b"\0" in text or not text.isascii()  # found as it is seen: no place
    squeezed = good(DEFLATED, t00184000=el(0x00184000, "LT", b"note: " + text))
    assert codes(squeezed, needles=KNOWN) == {"identifier"}


@pytest.mark.parametrize(
    "text", [b"LOVELY CANADA", b"2.25.11234.1234512", b"0.12345", b"12345.5", b"112345", b"removed", b"x 93102 y"]
)
def test_chance_is_no_finding(text):
    data = good(t00184000=el(0x00184000, "LT", text))
    assert codes(data, needles=("ADA^LOVE", "12345", "REMOVED", "ab", "1234", "é")) == set()
    assert codes(good(), needles=("PHILIPS^PETER",)) == set()
    assert codes(good(t00184000=el(0x00184000, "LT", "peter")), needles=("PHILIPS^PETER",)) == {"identifier"}


def test_a_body_part_in_an_id_tells_of_nobody_and_in_a_name_it_does():
    data = good(t00180015=el(0x00180015, "CS", "PANCREAS"), t00184000=el(0x00184000, "LT", "of a pancreas"))
    assert codes(data, needles=("PANCREAS-0001", "PANCREAS_0001")) == set()
    assert codes(data, needles=("PANCREAS^ADA 2",)) == codes(data, needles=("PANCREAS ADA",)) == {"identifier"}
    assert codes(good(t00184000=el(0x00184000, "LT", "0001")), needles=("SMITH-0001",)) == set()
    for text in ("pancreas-0001", "PANCREAS0001", "1000-saercnap"):
        assert codes(good(t00184000=el(0x00184000, "LT", text)), needles=("PANCREAS-0001",)) == {"identifier"}


def test_a_short_number_tells_of_somebody_in_a_text_alone_and_not_backwards():
    zoned = good(t0008002a=el(0x0008002A, "DT", "20150610111213+0100"), t00180050=el(0x00180050, "DS", "4711"))
    for known in ("0010", "0100", "4711"):
        assert codes(zoned, needles=(known,)) == set()
    assert codes(good(t00184000=el(0x00184000, "LT", "pt 4711")), needles=("4711",)) == {"identifier"}
    assert codes(good(t00184000=el(0x00184000, "LT", "pt 1174")), needles=("4711",)) == set()
    assert codes(good(t00184000=el(0x00184000, "LT", "no 7654321")), needles=("1234567",)) == {"identifier"}


def test_a_needle_after_the_picture_or_alone_at_the_start_is_found():
    assert needles.search(b"12345", needles.prepare(("12345",)))
    assert needles.search(b"x12345 12345", needles.prepare(("12345",)))
    assert not needles.search(b"x12345 123456", needles.prepare(("12345",)))
    assert needles.search(b"note: U21pdGhzb24=", needles.prepare(("Smithson",)))
    assert not needles.search(b"2.25." + b"52".join([b"Ada".hex().encode()] * 4), needles.prepare(("AdaRAdaRAda",)))
    data = good(t7FE00011=el(0x7FE00020, "LT", "SMITHSON"))
    assert "identifier" in codes(data, needles=("SMITHSON^ADA",))


def test_a_uid_is_a_needle_like_any_other_where_no_object_is_looked_at():
    assert needles.search(b"IM_1.2.3.4.5", needles.prepare(("1.2.3.4.5",)))
    assert not needles.search(b"IM_1.2.3.4", needles.prepare(("1.2.3.4.5",)))


def test_the_same_slip_in_two_items_is_one_finding():
    twice = seq(0x52009229, [item(el(0x00080050, "SH", text)) for text in ("ACC1", "ACC2")])
    assert len(recheck.check(good(t52009229=twice))) == 1


def test_an_item_may_have_a_character_set_of_its_own():
    def items(*sets):
        texts = [el(0x00080005, "CS", one) + el(0x00184000, "LT", "ЖАРОВ".encode("iso8859-5")) for one in sets]
        return good(t52009229=seq(0x52009229, [item(text) for text in texts]))

    assert codes(items("ISO_IR 100", "ISO_IR 192", "ISO_IR 100"), needles=("Wexquay^Ada",)) == set()
    assert codes(items("ISO_IR 100", "ISO_IR 144"), needles=("жаров",)) == {"identifier"}


def test_a_delimiter_where_an_element_should_be_is_followed_and_found_wanting():
    assert "not_marked" in codes(START + mark(0xE0DD, 4) + b"abcd")


def test_any_number_of_tags_is_read_in_bounded_memory():
    some = recheck_sorts.Sorts(lambda tag: tag + 1)
    assert [some[tag] for tag in range(40_000)] == list(range(1, 40_001))
    assert len(some) < 20_000


@given(st.data())
def test_hostile_bytes_never_raise(data):
    whole = bytearray(good(is_open=True))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    found = recheck.check(bytes(whole[: data.draw(st.integers(0, len(whole)))]), needles=KNOWN)
    assert all(isinstance(finding, recheck.Finding) for finding in found)


def test_it_shares_nothing_with_the_engine():
    code = (
        "import sys, isocentre.core.deid.recheck; print([m for m in sys.modules if m.startswith('isocentre.core.d')])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    own = {"_safe_private", "coded", "disguises", "needles", "recheck", "trade"}
    own |= {f"recheck_{part}" for part in ("fold", "known", "naming", "page", "patterns", "pixels", "private", "sorts",
                                           "state", "walk")}  # fmt: skip
    found = set(re.findall(r"isocentre\.core\.[\w.]+", loaded))
    assert found == {"isocentre.core.deid"} | {f"isocentre.core.deid.{name}" for name in own}


def test_a_value_too_long_to_be_read_is_refused(monkeypatch):
    monkeypatch.setattr(recheck_walk, "LONGEST", 200)
    assert codes(good()) == set()
    assert codes(good(t00102150=el(0x00102150, "UT", "x" * 201))) == {"structure"}
    assert "burned_in" in codes(good(t00280301=el(0x00280301, "UT", "YES" + " " * 5000)))


def test_more_kinds_of_letters_than_are_remembered_are_read_as_well():
    signs = "".join(map(chr, range(0x4E00, 0x4E00 + 5000)))
    for _ in range(2):
        assert recheck_fold.fold(f"\t{signs}\u200bSmithson\u0301") == f" {signs}Smithson"
