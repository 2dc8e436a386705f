"""Put a cleaned picture into a de-identified object: its new value, and what the header must then say of it."""

from __future__ import annotations

from dataclasses import replace
from struct import pack
from typing import TypeAlias

from isocentre.core.deid import write
from isocentre.core.deid.pixels.clean import Cleaned
from isocentre.core.deid.pixels.layout import Layout
from isocentre.core.deid.pixels.lossy import lossy_method
from isocentre.core.deid.plan import Piece, length_of, parts
from isocentre.core.deid.profile import NAMES
from isocentre.core.deid.write import element
from isocentre.core.dicom.header import EXPLICIT_VR_LE, Header
from isocentre.core.dicom.walk import PIXEL_DATA, UNDEFINED, Buffer, Encoding, elements

BURNED_IN = 0x00280301
_METHODS = 0x00120064
_LOST = 0x00282110
_TABLES = (0x7FE00001, 0x7FE00002, 0x7FE00003)

Said: TypeAlias = dict[int, bytes | None]


def apply(
    pieces: list[Piece], pixel_at: int, body: Buffer, header: Header, cleaned: Cleaned
) -> tuple[list[Piece], int, str]:
    """The pieces of a data set with its picture cleaned, where its pixel value now is, and its transfer syntax.

    `pieces[:pixel_at]` are the data set up to the pixel value, spans referring to `body`. Nothing changes for a
    picture of which only a sample was read and nothing found.
    """
    if not cleaned.read:
        return pieces, pixel_at, cleaned.layout.syntax
    said: Said = {BURNED_IN: element(BURNED_IN, b"CS", b"NO", header.encoding)}
    return put(pieces, pixel_at, body, header, (cleaned.source, cleaned.layout, cleaned.pieces), said, (113101,))


def put(
    pieces: list[Piece], pixel_at: int, body: Buffer, header: Header,
    value: tuple[Layout, Layout, tuple[Piece, ...] | None], said: Said, done: tuple[int, ...],
) -> tuple[list[Piece], int, str]:  # fmt: skip
    """As `apply`, for any new pixel value: how it lay, how it lies and its pieces (None: as it was).

    `said`: what else the header must say; `done`: codes of what was done (CID 7050).
    """
    (source, now, made), encoding = value, header.encoding
    head = b"".join(part for piece in pieces[:pixel_at] for part in parts(piece, body))
    wide = 12 if encoding.explicit else 8
    head, pixel_head = head[:-wide], head[-wide:]
    if made is not None and not source.native:
        said = said | _stored(source, now, head, body, encoding)
        wide_vr = source.bits > 8 and now.native
        size = sum(map(length_of, made)) if now.native else UNDEFINED
        pixel_head = write.head(PIXEL_DATA, b"OW" if wide_vr else b"OB", size, encoding)
    new = _said(head, encoding, said, done) + pixel_head
    return [new, *(made if made is not None else [pieces[pixel_at]]), *pieces[pixel_at + 1 :]], 1, now.syntax


def _stored(source: Layout, now: Layout, head: bytes, body: Buffer, encoding: Encoding) -> Said:
    """What differs in the header when a compressed picture is stored again without loss."""
    said: Said = dict.fromkeys(_TABLES)
    said[0x00280004] = element(0x00280004, b"CS", now.photometric.encode(), encoding)
    if now.samples > 1:
        said[0x00280006] = element(0x00280006, b"US", pack("<H", int(now.planar)), encoding)
    method = lossy_method(source.syntax, body, source.offset, source.length)
    lost = {part.tag: head[part.value : part.stop] for part in elements(head, 0, len(head), encoding)}
    if method and lost.get(_LOST, b"").strip(b" \0") != b"01":
        # What is stored now was decoded from something lossy, whatever was said of it (PS3.3 C.7.6.1.1.5).
        ratio = b"%.1f" % (source.frames * replace(now, syntax=EXPLICIT_VR_LE).frame_bytes / source.length)
        said[_LOST] = element(_LOST, b"CS", b"01", encoding)
        said[0x00282112] = element(0x00282112, b"DS", ratio, encoding)
        said[0x00282114] = element(0x00282114, b"CS", method, encoding)
    return said


def _said(head: bytes, encoding: Encoding, said: Said, done: tuple[int, ...]) -> bytes:
    """The head with these elements put in, replaced or (None) taken out; codes of methods are added to those there."""
    out: list[bytes] = []
    waiting = sorted(said)
    for part in elements(head, 0, len(head), encoding):
        while waiting and waiting[0] <= part.tag:
            out.append(said[waiting.pop(0)] or b"")
        if part.tag in said:
            continue
        whole = head[part.start : part.end]
        if part.tag == _METHODS:
            new = [(str(code), "DCM", NAMES[code]) for code in done if str(code).encode() not in whole]
            codes = write.code_sequence(_METHODS, new, encoding)
            items = head[part.value : part.stop] + codes[12 if encoding.explicit else 8 :]
            whole = write.head(_METHODS, b"SQ", len(items), encoding) + items
        out.append(whole)
    return b"".join([*out, *(said[tag] or b"" for tag in waiting)])
