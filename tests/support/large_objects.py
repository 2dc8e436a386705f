"""Objects of any size for tests, written in seconds: frames that are mostly holes, each with marks of its own.

Every byte can be made again from the number of its frame, so nothing that is compared need be held in memory.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from struct import pack
from typing import TypeAlias

from support.dicom_bytes import CT, ENHANCED_CT, EXPLICIT, JPEG, el, header, item, mark, seq

Piece: TypeAlias = bytes | int
"""Bytes, or so many zeros."""
ROOT = "1.2.826.0.1.3680043.9.7136"
MARK = 256
COMMENT = 0xFFFF  # length field of the longest JPEG comment, which counts itself (ITU-T T.81 B.2.4.5)


@dataclass(frozen=True)
class Large:
    """A CT of `frames` frames of `rows` × `columns`; `encapsulated`: JPEG, each padded by so many comments of 64 KiB.

    `table`: with a basic offset table. `groups`: with functional groups for each frame, as an enhanced CT has.
    """

    number: int
    frames: int
    rows: int = 512
    columns: int = 512
    encapsulated: int = 0
    table: bool = False
    groups: bool = False

    @property
    def uid(self) -> str:
        return f"{ROOT}.{self.number}"

    @property
    def syntax(self) -> str:
        return JPEG if self.encapsulated else EXPLICIT

    @property
    def sop_class(self) -> str:
        return ENHANCED_CT if self.groups else CT

    def pieces(self, number: int) -> list[Piece]:
        """Frame `number` (from 1): marked at both ends when native; as JPEG a picture of one grey, `grey(number)`."""
        own = marked(self.number, number)
        if not self.encapsulated:
            return [own, self.rows * self.columns * 2 - 2 * MARK, own]
        picture = _jpeg(self.rows, self.columns, grey(number))
        comment = b"\xff\xfe" + pack(">H", COMMENT)
        made: list[Piece] = [picture[:2], comment, own, COMMENT - 2 - MARK]
        made += [comment, COMMENT - 2] * (self.encapsulated - 1)
        return [*made, picture[2:]]

    def frame(self, number: int) -> bytes:
        """The whole of a frame, without the padding of its fragment."""
        return b"".join(bytes(p) if isinstance(p, int) else p for p in self.pieces(number))

    def frame_length(self, number: int) -> int:
        return _length(self.pieces(number))

    @property
    def size(self) -> int:
        """Bytes of the pixel value, delimiters included."""
        return sum(map(_length, self._value()))

    def value(self) -> Iterator[bytes]:
        """The pixel value as it lies in the file, frame by frame."""
        for pieces in self._value():
            yield b"".join(bytes(p) if isinstance(p, int) else p for p in pieces)

    def _value(self) -> Iterator[list[Piece]]:
        if not self.encapsulated:
            yield from (self.pieces(n) for n in range(1, self.frames + 1))
            return
        lengths = [self.frame_length(n) for n in range(1, self.frames + 1)] if self.table else []
        yield [item(b"".join(pack("<L", at) for at in _offsets(lengths)))]
        for number in range(1, self.frames + 1):
            pieces = self.pieces(number)
            length = _length(pieces)
            yield [mark(0xE000, length + length % 2), *pieces, b"\0" * (length % 2)]
        yield [mark(0xE0DD)]

    def write(self, path: Path) -> Path:
        """Write the Part 10 file, with holes where there are zeros."""
        with path.open("wb") as file:
            file.write(_meta(self) + self._head())
            for pieces in self._value():
                for piece in pieces:
                    if isinstance(piece, int):
                        file.seek(piece, io.SEEK_CUR)
                    else:
                        file.write(piece)
        return path

    def _head(self) -> bytes:
        bits = 8 if self.encapsulated else 16
        made = header(EXPLICIT, self.sop_class)
        own = {
            0x00080018: ("UI", self.uid), 0x0020000D: ("UI", f"{self.uid}.1"), 0x0020000E: ("UI", f"{self.uid}.1.1"),
            0x00100020: ("LO", "LARGE001"), 0x00280002: ("US", pack("<H", 1)), 0x00280004: ("CS", "MONOCHROME2"),
            0x00280008: ("IS", str(self.frames)), 0x00280010: ("US", pack("<H", self.rows)),
            0x00280011: ("US", pack("<H", self.columns)), 0x00280100: ("US", pack("<H", bits)),
            0x00280101: ("US", pack("<H", bits)), 0x00280102: ("US", pack("<H", bits - 1)),
            0x00280103: ("US", pack("<H", 0)),
        }  # fmt: skip
        made |= {tag: el(tag, vr, value) for tag, (vr, value) in own.items()}
        if self.groups:
            made[0x52009230] = seq(0x52009230, [item(_group(n)) for n in range(1, self.frames + 1)])
        pixels = pack("<HH2sHL", 0x7FE0, 0x0010, b"OB" if self.encapsulated else b"OW", 0,
                      0xFFFFFFFF if self.encapsulated else self.size)  # fmt: skip
        return b"".join(made[tag] for tag in sorted(made)) + pixels


def grey(number: int) -> int:
    """The grey of a JPEG frame."""
    return 20 + number % 200


@lru_cache(maxsize=1024)
def marked(one: int, number: int) -> bytes:
    """256 bytes that no other frame of any object has."""
    return hashlib.sha256(f"{one}:{number}".encode()).digest() * (MARK // 32)


@lru_cache(maxsize=512)
def _jpeg(rows: int, columns: int, value: int) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("L", (columns, rows), value).save(out, "JPEG", quality=95)
    return out.getvalue()


def _length(pieces: list[Piece]) -> int:
    return sum(p if isinstance(p, int) else len(p) for p in pieces)


def _offsets(lengths: list[int]) -> Iterator[int]:
    at = 0
    for length in lengths:
        yield at
        at += 8 + length + length % 2


def _group(number: int) -> bytes:
    """Functional groups of one frame (PS3.3 C.7.6.16): where and when it lies, its window and its values' meaning."""
    content = el(0x00189074, "DT", "20240315101112.5") + el(0x00209057, "UL", pack("<L", number))
    place = el(0x00200032, "DS", f"-100.5\\-100.5\\{number}.25")
    window = el(0x00281050, "DS", "40") + el(0x00281051, "DS", "400")
    values = el(0x00281052, "DS", "-1024") + el(0x00281053, "DS", "1") + el(0x00281054, "LO", "HU")
    groups = {0x00209111: content, 0x00209113: place, 0x00289132: window, 0x00289145: values}
    return b"".join(seq(tag, [item(body)]) for tag, body in groups.items())


def _meta(one: Large) -> bytes:
    meta = el(0x00020001, "OB", b"\0\1") + el(0x00020002, "UI", one.sop_class) + el(0x00020003, "UI", one.uid)
    meta += el(0x00020010, "UI", one.syntax) + el(0x00020012, "UI", "1.2.9")
    return bytes(128) + b"DICM" + el(0x00020000, "UL", pack("<L", len(meta))) + meta
