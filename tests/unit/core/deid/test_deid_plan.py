"""Pieces of a plan: bytes, spans of the input, and what is made anew while it is streamed."""

import pytest

from isocentre.core.deid import plan
from isocentre.core.deid.plan import Made, length_of, parts


def twice(buffer):
    yield bytes(buffer[:2])
    yield bytes(buffer[:2])


def test_every_kind_of_piece_has_a_length_and_its_bytes(monkeypatch):
    monkeypatch.setattr(plan, "CHUNK", 2)
    for piece, said in ((b"new", [b"new"]), ((1, 5), [b"bc", b"de", b"f"]), (Made(4, twice), [b"ab", b"ab"])):
        assert list(parts(piece, b"abcdefgh")) == said
        assert length_of(piece) == sum(map(len, said))


def test_what_is_made_in_another_size_than_planned_is_never_sent_as_whole():
    with pytest.raises(RuntimeError, match="another size"):
        list(parts(Made(5, twice), b"abcdefgh"))
