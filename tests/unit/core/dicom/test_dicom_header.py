"""Headers: where things lie, text by character set, hashes that tell duplicates from corrections, bounded inflating."""

import zlib

import pytest
from support.dicom_bytes import BIG, DEFLATED, EXPLICIT, IMPLICIT, el, item, part10, seq, slice_of

from isocentre.core.dicom import header as h
from isocentre.core.dicom.header import encoding_of, hashes, inflate, is_deflated, read_header, read_meta
from isocentre.core.dicom.part10 import IMPLEMENTATION_CLASS_UID, file_meta
from isocentre.core.dicom.text import decode
from isocentre.core.dicom.walk import MalformedDicom


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG, DEFLATED])
def test_a_header_says_where_everything_lies(syntax):
    inner = BIG if syntax == BIG else IMPLICIT if syntax == IMPLICIT else EXPLICIT
    data = (
        slice_of(syntax) if syntax != DEFLATED else part10(slice_of(inner)[read_meta(slice_of(inner))[1] :], DEFLATED)
    )
    found = read_header(data)
    assert found.text(0x00100020) == "RXH1234567"
    assert found.text(0x00100010) == "SMITHSON^ADA"
    assert found.bytes(0x0020000D) == b"1.2.3.1\0"
    assert (0x00100010 in found, 0x00100021 in found, found.text(0x00100021)) == (True, False, "")
    assert found.deflated is (syntax == DEFLATED)
    assert found.pixel_offset is not None
    assert found.buffer[found.pixel_offset : found.pixel_offset + found.pixel_length] == b"\1\2\3\4\5\6\7\x08"
    assert "RXH" not in repr(found)


def test_a_bare_data_set_is_read_where_it_is_said_to_lie():
    data = slice_of(IMPLICIT)
    _, offset = read_meta(data)
    found = read_header(data[offset - 7 :], offset=7, transfer_syntax=IMPLICIT)
    assert (found.dataset_offset, found.text(0x00080060)) == (7, "CT")
    with pytest.raises(MalformedDicom, match="after the end"):
        read_header(data, offset=len(data) + 1, transfer_syntax=IMPLICIT)


def test_a_wrong_group_length_is_not_believed():
    data = slice_of().replace(el(0x00020000, "UL", b"")[:8], el(0x00020000, "UL", b"")[:8])
    lying = data[:140] + b"\xff\0\0\0" + data[144:]
    assert read_header(lying).text(0x00080060) == "CT"


@pytest.mark.parametrize("data", [b"", b"x" * 200, slice_of()[:131]])
def test_what_is_no_dicom_file_is_said_to_be_none(data):
    with pytest.raises(MalformedDicom, match="not a DICOM file"):
        read_header(data)


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (el(0x00080016, "UI", "1") * 2, "comes twice"),
        (el(0x00080018, "UI", "1") + el(0x00080016, "UI", "1"), "out of order"),
        (el(0x00020002, "UI", "1") + el(0x00080016, "UI", "1"), None),
        (el(0x00040016, "UI", "1"), "may not be in a data set"),
    ],
)
def test_top_level_elements_come_once_and_in_order(extra, words):
    if words is None:
        assert 0x00080016 in read_header(part10(extra))
        return
    with pytest.raises(MalformedDicom, match=words):
        read_header(part10(extra))


def test_only_standard_transfer_syntaxes_are_followed():
    assert encoding_of("1.2.840.10008.1.2.4.90").explicit
    assert is_deflated("1.2.840.10008.1.2.4.95")
    for syntax in ("", "1.2.840.113619.5.2"):
        with pytest.raises(MalformedDicom, match="transfer syntax"):
            encoding_of(syntax)


def test_hashes_tell_a_duplicate_a_correction_and_other_pixels_apart():
    def both(data):
        return hashes(data, read_header(data))

    same = both(slice_of())
    corrected = both(slice_of(t00100010=el(0x00100010, "PN", "SMITHSON^ADAH")))
    other = both(slice_of(pixels=b"abcdefgh"))
    assert both(slice_of()) == same
    assert corrected[0] != same[0]
    assert corrected[1] == same[1]
    assert other[0] == same[0]
    assert other[1] != same[1]
    none = both(slice_of(pixels=None))
    assert none[1] == hashes(part10(el(0x00080016, "UI", "1")), read_header(part10(el(0x00080016, "UI", "1"))))[1]
    meta, offset = read_meta(slice_of())
    deflated = both(part10(slice_of()[offset:], DEFLATED))
    assert deflated == same
    assert meta


def test_fragments_belong_to_the_pixel_value():
    fragments = item(b"") + item(b"abcd")
    data = slice_of(
        "1.2.840.10008.1.2.4.50", pixels=None, t7FE00010=seq(0x7FE00010, [fragments], is_open=True, vr="OB")
    )
    found = read_header(data)
    assert found.pixel_length == len(fragments) + 8
    assert hashes(data, found)


def bomb(size):
    machine = zlib.compressobj(wbits=-15)
    return machine.compress(bytes(size)) + machine.flush()


def test_inflating_is_bounded():
    assert inflate(b"xx" + bomb(5000), 2) == bytes(5000)
    with pytest.raises(MalformedDicom, match="more than is allowed"):
        inflate(bomb(5000), limit=4999)
    with pytest.raises(MalformedDicom, match="more than is allowed"):
        inflate(bomb(h._RATIO_FREE * 2))
    with pytest.raises(MalformedDicom, match="cut short"):
        inflate(bomb(50_000)[:-20])
    with pytest.raises(MalformedDicom, match="cannot be inflated"):
        inflate(b"\xff" * 50)


@pytest.mark.parametrize(
    ("charset", "value", "text"),
    [
        (b"ISO_IR 100", "Buc^Jérôme".encode("latin-1"), "Buc^Jérôme"),
        (b"ISO_IR 192", "Wang^XiaoDong=王^小東".encode(), "Wang^XiaoDong=王^小東"),
        (b"GB18030", "王".encode("gb18030"), "王"),
        (b"", b"plain", "plain"),
        (b"", b"caf\xe9", "café"),
        (b"NO SUCH SET", b"caf\xe9", "café"),
        (b"ISO_IR 192", b"broken \xff", "broken �"),
        (b"\\ISO 2022 IR 87", b"Yamada^Tarou=" + "山田".encode("iso2022_jp") + b"^", "Yamada^Tarou=山田^"),
        (b"\\ISO 2022 IR 149", b"Hong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce", "Hong=洪^吉"),
        (b"ISO 2022 IR 6\\ISO 2022 IR 58", b"\x1b$)A\xcd\xf5", "王"),
        (b"ISO 2022 IR 6", b"A\x1b-AB\xe9", "ABé"),
        (b"ISO 2022 IR 6", b"A\x1b%GB", "A%GB"),
    ],
)
def test_text_is_decoded_by_its_character_set(charset, value, text):
    assert decode(value + b" ", charset) == text
    data = part10(el(0x00080005, "CS", charset) + el(0x00080016, "UI", "1") + el(0x00100010, "PN", value))
    assert read_header(data).text(0x00100010) == text


def test_file_meta_says_nothing_of_the_source():
    head = file_meta("1.2", "1.2.3", EXPLICIT, calling_ae="SCANNER1")
    meta, offset = read_meta(head)
    assert head[:128] == bytes(128)
    assert offset == len(head)
    assert int.from_bytes(meta[0x00020000], "little") == len(head) - 144
    assert meta[0x00020003] == b"1.2.3\0"
    assert meta[0x00020012].rstrip(b"\0").decode() == IMPLEMENTATION_CLASS_UID
    assert meta[0x00020016] == b"SCANNER1"
    assert 0x00020016 not in read_meta(file_meta("1.2", "1.2.3", EXPLICIT))[0]


def test_a_value_too_long_to_be_read_is_told_and_never_copied(monkeypatch):
    monkeypatch.setattr(h, "MAX_VALUE", 40)
    data = part10(el(0x00080016, "UI", "1.2.3") + el(0x00104000, "LT", "x" * 50))
    found = read_header(data)
    assert found.text(0x00080016) == "1.2.3"
    with pytest.raises(MalformedDicom, match="too long to be read"):
        found.text(0x00104000)
    monkeypatch.setattr(h, "MAX_VALUE", 10)
    with pytest.raises(MalformedDicom, match="is too long to be read"):
        read_header(data)
