"""multipart/related bodies: any split of the stream, limits, and every way to break one."""

from __future__ import annotations

import io

import pytest

from isocentre.core.dicomweb import multipart as m
from isocentre.core.dicomweb.errors import BadMultipart, TooLarge, UnsupportedMedia, problem
from isocentre.core.dicomweb.media import DICOM

BODY = (
    b"preamble\r\n--b\r\nContent-Type: application/dicom\r\nX-Isocentre-Revision: 2\r\n\r\n"
    b"first\r\n-\r\n--\r\n--b \t\r\n"
    b"\r\nsecond\r\n--b\r\nA: b\r\n\r\n\r\n--b--\r\nepilogue"
)


def stingy(content: bytes, step: int) -> m.Read:
    stream = io.BytesIO(content)
    return lambda size: stream.read(min(size, step))


@pytest.mark.parametrize("step", [1, 2, 3, 5, 7, 64, 10_000])
def test_parts_come_out_whole_however_the_stream_is_cut(step: int) -> None:
    found = [(p.headers, b"".join(p.chunks())) for p in m.parts(stingy(BODY, step), "b")]
    assert found == [
        ({"content-type": "application/dicom", "x-isocentre-revision": "2"}, b"first\r\n-\r\n--"),
        ({}, b"second"),
        ({"a": "b"}, b""),
    ]


def test_a_part_that_is_not_read_is_skipped() -> None:
    assert len(list(m.parts(io.BytesIO(BODY).read, "b"))) == 3


def test_big_parts_pass_in_pieces() -> None:
    content = bytes(range(256)) * 5000
    body = b"--b\r\n\r\n" + content + b"\r\n--b--"
    (part,) = ((p, list(p.chunks())) for p in m.parts(io.BytesIO(body).read, "b"))
    assert b"".join(part[1]) == content
    assert max(len(piece) for piece in part[1]) <= m.STEP + 8


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "ends before"),
        (b"--other\r\n\r\nx\r\n--other--", "ends before"),
        (b"x" * 400_000, "does not begin"),
        (b"--b\r\n\r\ncut short", "ends before"),
        (b"--b\r\nA: b\r\n", "ends before"),
        (b"--b--", "no part"),
        (b"--bx\r\n\r\n\r\n--b--", "something else"),
        (b"--b" + b" " * 20_000, "does not end"),
        (b"--b\r\n" + b"A: b\r\n" * 5_000 + b"\r\n\r\n--b--", "do not end"),
        (b"--b\r\nno colon\r\n\r\n\r\n--b--", "cannot be read"),
        (b"--b\r\n : empty\r\n\r\n\r\n--b--", "cannot be read"),
    ],
)
def test_a_broken_body_is_told(body: bytes, words: str) -> None:
    with pytest.raises(BadMultipart, match=words):
        list(m.parts(io.BytesIO(body).read, "b"))


def test_ten_thousand_parts_are_taken_and_one_more_is_not() -> None:
    def body(count: int) -> bytes:
        return b"--b\r\n\r\nx\r\n" * count + b"--b--"

    assert len(list(m.parts(io.BytesIO(body(10_000)).read, "b"))) == 10_000
    with pytest.raises(TooLarge, match="10000 parts"):
        list(m.parts(io.BytesIO(body(10_001)).read, "b"))


@pytest.mark.parametrize("size", [50, 900_000])
def test_a_part_over_its_limit_is_refused_before_it_is_held(size: int) -> None:
    body = b"--b\r\n\r\n" + b"x" * size + b"\r\n--b--"
    with pytest.raises(TooLarge, match="40 bytes"):
        list(m.parts(io.BytesIO(body).read, "b", m.Limits(part_bytes=40)))


def test_the_boundary_of_a_request() -> None:
    assert m.boundary_of('multipart/related; type="application/dicom"; boundary="a b"', DICOM) == "a b"
    assert m.boundary_of("multipart/related; boundary=b", DICOM) == "b"
    for wrong in ("application/dicom", 'multipart/related; type="application/json"; boundary=b'):
        with pytest.raises(UnsupportedMedia):
            m.boundary_of(wrong, DICOM)
    for wrong in ("", "; boundary=" + "x" * 71, '; boundary="a "', '; boundary="é"'):
        with pytest.raises(BadMultipart):
            m.boundary_of("multipart/related" + wrong, DICOM)


def test_a_bounded_read_ends_where_the_body_does() -> None:
    read = m.bounded(io.BytesIO(b"body and more").read, 4)
    assert (read(3), read(3), read(3)) == (b"bod", b"y", b"")


def test_what_is_written_is_read_back() -> None:
    boundary = m.new_boundary()
    body = (
        m.opening(boundary, DICOM, location="/x", length=3) + b"one" + m.opening(boundary, DICOM) + b"two"
        + m.closing(boundary)
    )  # fmt: skip
    assert m.boundary_of(m.content_type(boundary, DICOM), DICOM) == boundary
    found = [(p.headers, b"".join(p.chunks())) for p in m.parts(io.BytesIO(body).read, boundary)]
    assert found == [
        ({"content-type": DICOM, "content-length": "3", "content-location": "/x"}, b"one"),
        ({"content-type": DICOM}, b"two"),
    ]


def test_a_problem_is_json() -> None:
    assert problem(404, "Not found", "Nothing here.") == (
        b'{"type": "about:blank", "title": "Not found", "status": 404, "detail": "Nothing here."}'
    )
