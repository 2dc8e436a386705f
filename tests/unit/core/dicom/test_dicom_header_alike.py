"""Headers read one after another come out as if each were the first."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.dicom_bytes import BIG, CT, EXPLICIT, IMPLICIT, MR, el, item, seq, slice_of

from isocentre.core.dicom import header as headers
from isocentre.core.dicom.header import read_header
from isocentre.core.dicom.walk import MalformedDicom, elements


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    headers._remembered.cache_clear()


def assert_same(data: bytes) -> headers.Header:
    """The header, with the elements that the general walk finds."""
    made = read_header(data)
    found = {one.tag: (one.vr, one.value, one.stop - one.value) for one in
             elements(made.buffer, made.start, made.end, made.encoding)}  # fmt: skip
    assert list(made.elements.items()) == list(found.items())
    assert made.pixel_offset == (found[0x7FE00010][1] if 0x7FE00010 in found else None)
    return made


@pytest.fixture
def walked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many elements were walked, not taken from what is remembered."""
    counts: list[int] = []
    right = headers._elements

    def counting(buffer: Any, at: Any, end: Any, encoding: Any, found: Any, until: Any) -> None:
        before = len(found.spans)
        right(buffer, at, end, encoding, found, until)
        counts.append(len(found.spans) - before)

    monkeypatch.setattr(headers, "_elements", counting)
    return counts


def of(number: int, syntax: str = EXPLICIT, **more: Any) -> bytes:
    """The slice of this number in a series."""
    sequence = seq(0x00081140, [item(el(0x00081155, "UI", "1.2.3.9", syntax), syntax)], syntax, is_open=True)
    own = {
        "t00080018": el(0x00080018, "UI", f"1.2.3.{10 ** (number % 3)}.{number}", syntax),
        "t00200013": el(0x00200013, "IS", str(number), syntax),
    }
    if more.pop("referring", True):
        own["t00081140"] = sequence
    return slice_of(syntax, **own | more)


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
def test_a_series_reads_as_if_each_were_the_first(syntax: str) -> None:
    for number in range(1, 8):
        assert assert_same(of(number, syntax)).text(0x00200013) == str(number)


def test_what_lies_as_before_is_not_looked_at_again(walked: list[int]) -> None:
    for number in range(1, 7):
        walked.clear()
        read_header(of(number))
    few = sum(walked)
    walked.clear()
    headers._remembered.cache_clear()
    read_header(of(9))
    assert few < sum(walked) / 2


def test_another_kind_and_one_that_differs_wholly_are_remembered_in_turn(walked: list[int]) -> None:
    for number in (1, 2, 3):
        assert_same(of(number))
        assert_same(of(number, sop_class=MR))
    other = {f"t{tag:08x}": el(tag, "LO", "ANOTHER") for tag in (0x00080070, 0x00080080, 0x00081030, 0x00181000)}
    shorter = {"t00080021": None, "t00080022": None, "t0008002a": None, "t00101010": None}
    for number in (4, 5, 6, 7):
        walked.clear()
        assert_same(
            of(number, referring=False, **other, **shorter, t00101030=el(0x00101030, "DS", "80"), t00280301=None)
        )
    assert sum(walked) < 20


def test_no_kind_a_long_one_and_a_long_element_are_walked_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headers, "LARGEST", 100)
    for number in (1, 2, 3):
        assert_same(of(number))
        assert_same(of(number, t00080016=None))
        assert_same(of(number, t00080016=el(0x00080016, "UI", "1." + "2" * 70)))
        assert_same(of(number, pixels=None))


def test_what_is_wrong_is_said_whatever_is_remembered() -> None:
    for number in (1, 2, 3):
        assert_same(of(number))
    whole = of(4)
    with pytest.raises(MalformedDicom, match=r"ends|fit|longer"):
        read_header(whole[: whole.index(b"\x7f\x10\0OW") + 3])
    with pytest.raises(MalformedDicom, match="comes twice"):
        read_header(of(4, t00200011=el(0x00200011, "IS", "4") * 2))
    with pytest.raises(MalformedDicom, match="out of order"):
        read_header(of(4, t00200011=el(0x00200011, "IS", "4") + el(0x00180050, "DS", "1")))


_TAGS = {0x00080005: "CS", 0x00080022: "DA", 0x00081030: "LO", 0x00100010: "PN", 0x00180050: "DS", 0x00200011: "IS",
         0x00280301: "CS", 0x00480001: "FL"}  # fmt: skip
_changes = st.dictionaries(
    st.sampled_from(sorted(_TAGS)), st.sampled_from(("", "1", "CHEST", "ISO_IR 100")), max_size=4
)


@pytest.mark.no_cover
@given(st.lists(st.tuples(_changes, st.sampled_from((CT, MR))), min_size=3, max_size=9))
def test_whatever_changes_from_slice_to_slice(series: list[tuple[dict[int, str], str]]) -> None:
    for number, (changes, kind) in enumerate(series, 1):
        more = {f"t{tag:08x}": el(tag, _TAGS[tag], value) for tag, value in changes.items()}
        assert_same(of(number, sop_class=kind, **more))
