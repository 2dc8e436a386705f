"""Frames of MLLP: cut wherever the wire cuts them, bounded, and nothing guessed once the framing is broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isocentre.core.hl7.framing import BadFrame, Frames, framed


@given(st.lists(st.binary(max_size=40).filter(lambda one: b"\x0b" not in one and b"\x1c" not in one)), st.data())
def test_messages_come_out_whole_however_the_wire_cuts_them(messages, data):
    wire, frames, found = b"".join(framed(one) for one in messages), Frames(), []
    while wire:
        size = data.draw(st.integers(1, len(wire)))
        found += frames.feed(wire[:size])
        wire = wire[size:]
    assert found == messages


def test_a_message_is_whole_without_the_return_behind_it():
    assert Frames().feed(b"\x0bMSH\x1c") == [b"MSH"]


def test_blanks_between_messages_are_no_matter():
    assert Frames().feed(b"\r\n \x00\x0ba\x1c\r\r\n\x0bb\x1c\r") == [b"a", b"b"]
    assert Frames().feed(b"\r\n") == []


@pytest.mark.parametrize(
    "said", [b"MSH|", b"\x0bMSH\x0bMSH\x1c", b"\x0b" + b"x" * 101, b"\x0b" + b"x" * 101 + b"\x1c", b"\x16\x03\x01\x02"]
)
def test_what_is_no_frame_ends_it(said):
    with pytest.raises(BadFrame) as refused:
        Frames(most=100).feed(said)
    assert "MSH" not in str(refused.value)


def test_an_endless_message_is_not_held():
    frames = Frames(most=1000)
    for piece in (b"\x0b" + b"x" * 300, b"x" * 300, b"x" * 300):
        assert frames.feed(piece) == []
    with pytest.raises(BadFrame):
        frames.feed(b"x" * 300)
    assert len(frames._held) < 2000
