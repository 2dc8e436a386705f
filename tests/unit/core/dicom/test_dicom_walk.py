"""The element walker follows good bytes exactly and refuses bad ones with a reason."""

import pickle
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.dicom_bytes import BIG, EXPLICIT, IMPLICIT, OPEN, el, item, mark, seq, slice_of

from isocentre.core.dicom.header import read_header
from isocentre.core.dicom.walk import (
    EXPLICIT_BE,
    EXPLICIT_LE,
    IMPLICIT_LE,
    MAX_DEPTH,
    MalformedDicom,
    content_encoding,
    elements,
    items,
    locate,
    tag_text,
)

ENCODINGS = {EXPLICIT: EXPLICIT_LE, IMPLICIT: IMPLICIT_LE, BIG: EXPLICIT_BE}


def walk(data, syntax=EXPLICIT):
    return list(elements(data, 0, len(data), ENCODINGS[syntax]))


@pytest.mark.parametrize("syntax", ENCODINGS)
@pytest.mark.parametrize("is_open", [True, False])
def test_it_finds_every_element_and_item(syntax, is_open):
    inner = el(0x00081155, "UI", "1.2", syntax)
    nested = seq(0x00081115, [item(inner, syntax, is_open)], syntax, is_open)
    data = el(0x00080016, "UI", "1.2.3", syntax) + seq(0x00081140, [item(nested, syntax, is_open)] * 2, syntax, is_open)
    first, sequence = walk(data, syntax)
    assert data[first.value : first.stop] == b"1.2.3\0"
    assert (sequence.end, sequence.undefined) == (len(data), is_open)
    found = list(items(data, sequence, ENCODINGS[syntax]))
    assert [data[i.value : i.stop] for i in found] == [nested, nested]
    assert locate(data, 0, len(data), ENCODINGS[syntax]) == first


def test_un_sequences_are_implicit_unless_they_show_a_vr():
    plain = seq(0x00081140, [item(el(0x00081155, "UI", "1.2", IMPLICIT))], IMPLICIT)[8:]
    shown = item(el(0x00081155, "UI", "1.2"))
    for body, encoding in ((plain, IMPLICIT_LE), (shown, EXPLICIT_LE)):
        data = el(0x00081140, "UN", body, EXPLICIT, OPEN) + mark(0xE0DD)
        (element,) = walk(data)
        assert content_encoding(data, element, EXPLICIT_LE) == encoding
        assert len(list(items(data, element, encoding))) == 1


def test_encapsulated_pixels_end_at_their_delimiter():
    body = mark(0xE000) + mark(0xE000, 4) + b"abcd" + mark(0xE0DD)
    data = el(0x7FE00010, "OB", body, EXPLICIT, OPEN)
    (element,) = walk(data)
    assert data[element.value : element.end] == body
    implicit = el(0x7FE00010, "OB", body, IMPLICIT, OPEN)
    assert walk(implicit, IMPLICIT)[0].end == len(implicit)


BAD = {
    "cut in a header": b"\x08\0\x16\0UI",
    "cut in a long header": b"\x08\0\x16\0OB\0\0\1",
    "unknown VR": b"\x08\0\x16\0??\0\0",
    "too long": el(0x00080016, "UI", "1.2", EXPLICIT, 400),
    "stray delimiter": mark(0xE00D),
    "open text": el(0x00080016, "UT", b"", EXPLICIT, OPEN),
    "open sequence without end": el(0x00081140, "SQ", item(b""), EXPLICIT, OPEN),
    "open sequence of something else": el(0x00081140, "SQ", el(0x00080016, "UI", "1"), EXPLICIT, OPEN),
    "item too long": el(0x00081140, "SQ", mark(0xE000, 500), EXPLICIT, OPEN),
    "fragment too long": el(0x7FE00010, "OB", mark(0xE000, 500), EXPLICIT, OPEN),
    "open item without end": el(0x00081140, "SQ", mark(0xE000, OPEN) + mark(0xE0DD), EXPLICIT, OPEN),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_bytes_are_refused_with_a_reason(name):
    with pytest.raises(MalformedDicom) as caught:
        walk(BAD[name])
    assert caught.value.phase
    assert caught.value.reason


def test_an_item_that_is_no_item_is_refused():
    data = el(0x00081140, "SQ", el(0x00080016, "UI", "1.2"))
    with pytest.raises(MalformedDicom, match="sequence item"):
        list(items(data, walk(data)[0], EXPLICIT_LE))


@pytest.mark.parametrize("depth", [MAX_DEPTH, MAX_DEPTH + 1, 200])
def test_nesting_is_followed_to_the_limit_and_no_further(depth):
    data = b""
    for _ in range(depth):
        data = seq(0x00081140, [item(data, is_open=True)], is_open=True)
    if depth <= MAX_DEPTH:
        assert walk(data)[0].end == len(data)
    else:
        with pytest.raises(MalformedDicom, match="nested deeper than 64"):
            walk(data)


def test_the_error_travels_between_processes():
    error = pickle.loads(pickle.dumps(MalformedDicom("file", "why")))
    assert (error.phase, error.reason, str(error)) == ("file", "why", "file: why")
    assert tag_text(0x7FE00010) == "(7FE0,0010)"


@given(data=st.data(), syntax=st.sampled_from([EXPLICIT, IMPLICIT, BIG]))
def test_mutated_files_raise_nothing_but_malformed(data, syntax):
    nested = seq(0x00081140, [item(el(0x00081155, "UI", "1.2", syntax), syntax, True)], syntax, True)
    whole = bytearray(slice_of(syntax, t00081140=nested))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(132, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    found = None
    with suppress(MalformedDicom):
        found = read_header(cut)
    assert found is None or found.end == len(found.buffer)
