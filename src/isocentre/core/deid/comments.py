"""Words inside a compressed picture: comments and data of applications, which lie before its first coded sample."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from isocentre.core.deid.needles import apart, prepare, search
from isocentre.core.deid.rules import Held
from isocentre.core.dicom.native import NATIVE
from isocentre.core.dicom.walk import Buffer

_STARTS = (b"\xff\xd8", b"\xff\x4f")
_SAYING = frozenset({0xFE, 0x64, *range(0xE0, 0xF0)})
"""COM and APPn of JPEG and JPEG-LS (ISO 10918-1 B.2.4), COM of JPEG 2000 (ISO 15444-1 A.9.2)."""
_CODED = frozenset({0xDA, 0x90, 0x93, 0xD9})
"""Where coded samples begin: SOS, SOT, SOD; or EOI."""
_MOST = 256
_EMPTY = re.compile(rb"(?:\0\0){3,}")
"""What comments are filled up with; two at a time, for UTF-16 is read in pairs."""


def screen_comments(body: Buffer, span: tuple[int, int], syntax: str, known: Iterable[str]) -> None:
    """Raise Held when a compressed picture says something known of the patient outside its samples.

    `span`: offset in `body` and bytes of the pixel value, in fragments (PS3.5 A.4).
    """
    if syntax in NATIVE:
        return
    named, uids = apart(known)
    needles = prepare(named)
    # One by one: filled up with comments, the frames of a long picture would not fit in memory together. What frame
    # after frame repeats is read once.
    each = (_EMPTY.sub(b"\0\0", said) for said in words(body, *span))
    if any(search(said, needles, uids) for said, _ in groupby(each)):
        raise Held("picture", "Inside its compressed picture, in a comment, something known of the patient is written.")


def words(body: Buffer, offset: int, length: int) -> Iterator[bytes]:
    """What the fragments say outside their samples, one comment at a time."""
    pos, end = offset, offset + length
    while pos + 8 <= end:
        size = int.from_bytes(bytes(body[pos + 4 : pos + 8]), "little")
        pos += 8
        yield from _comments(body, pos, min(pos + size, end))
        pos += size


def _comments(body: Buffer, pos: int, end: int) -> Iterator[bytes]:
    """The comments of one codestream that begins at `pos`; none where another kind of data does."""
    if bytes(body[pos : pos + 2]) not in _STARTS:
        return
    pos += 2
    for _ in range(_MOST):
        mark = bytes(body[pos : min(pos + 4, end)])
        if len(mark) < 4 or mark[0] != 0xFF or mark[1] in _CODED:
            return
        size = int.from_bytes(mark[2:], "big")
        if mark[1] in _SAYING:
            yield bytes(body[pos + 4 : min(pos + 2 + size, end)])
        pos += 2 + size
