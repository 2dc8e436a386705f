"""What one header says of the patient, of people around and of the scan: what may stand nowhere in the new object.

One place for all who ask: the hospital side, `isocentre deid`, what cleans pictures, and the score.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache

from isocentre.core.dicom.header import Header
from isocentre.core.dicom.text import decode
from isocentre.core.dicom.walk import Element, Encoding, MalformedDicom, content_encoding, elements, items

_OWN_NAMES = (0x00100010, 0x00101001, 0x00101005, 0x00101060, 0x00102297)
_OWN_NUMBERS = (
    0x00100020, 0x00100030, 0x00101000, 0x00101090, 0x00102154, 0x00102155, 0x00380010, 0x00380060, 0x00080050,
)  # fmt: skip
"""Ids, birth date, telephone numbers, of admission and episode, accession: what another scan may repeat."""
_ADDRESS = 0x00101040
_NAMES = (
    0x00080090, 0x0008009C, 0x00081048, 0x00081050, 0x00081060, 0x00081070, 0x00321032, 0x00400006, 0x00401010,
    0x00402008, 0x00404037, 0x0040A075, 0x0040A123, 0x00700084, 0x300600A6, 0x300E0008,
)  # fmt: skip
"""Names of people around (VR PN), as far as they stand in images and what is made of them."""
_NUMBERS = (0x00080094, 0x00200010, 0x00400009, 0x00400253, 0x00401001, 0x00402016, 0x00402017)
"""Telephone number of the referrer; ids of the study, of steps, procedures and orders."""
_UIDS = (0x00080018, 0x0020000D, 0x0020000E, 0x00200052)
_SEQUENCES = (
    0x00081110, 0x00101002, 0x00080096, 0x0008009D, 0x00081049, 0x00081052, 0x00081062, 0x00081072, 0x00400275,
    0x0040A073, 0x0040A370, 0x04000561,
)  # fmt: skip
"""Other ids of the patient, requests, identified people, and what attributes were before they were corrected."""
_CHARSET = 0x00080005
_STANDARD = "1.2.840.10008."
_SHORTEST, _LONGEST, _MOST, _DEPTH = 4, 324, 64, 4
_SHORT = 1 << 16
"""Bytes that are remembered with what they say."""
_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}", re.IGNORECASE)

Said = tuple[tuple[int, bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """`own`: names and numbers of the patient, for their other scans as well; `around`: names of others, numbers of
    this scan; `uids`: of this object and what it belongs to."""

    own: tuple[str, ...] = field(default=(), repr=False)
    around: tuple[str, ...] = field(default=(), repr=False)
    uids: tuple[str, ...] = field(default=(), repr=False)

    @property
    def known(self) -> tuple[str, ...]:
        """All of it."""
        return self.own + self.around + self.uids


def facts(header: Header) -> Facts:
    """What is known from one header; of what cannot be followed, what comes before (the engine holds it).

    What the slices of a scan repeat is read once.
    """
    said = tuple((tag, header.elements[tag].vr, header.bytes(tag)) for tag in _ASKED if tag in header.elements)
    short = sum(len(raw) for _, _, raw in said) <= _SHORT
    own, around = (_kept if short else _told)(said, header.encoding)
    uids = (header.text(tag) for tag in _UIDS)
    return Facts(own, around, _some(uid for uid in uids if not uid.startswith(_STANDARD)))


def _told(said: Said, encoding: Encoding) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names and numbers of the patient, and of others."""
    own: list[str] = []
    around: list[str] = []
    for tag, value in _said(said, encoding):
        if tag in _OWN_NAMES:
            own.append(value)
        elif tag in _NAMES:
            around.append(value)
        elif tag == _ADDRESS:
            own += _address(value)
        elif len(value) >= _SHORTEST and (tag == 0x00100020 or any(map(str.isdecimal, value))):
            (own if tag in _OWN_NUMBERS else around).append(value)
    return _some(own), _some(around)


_kept = lru_cache(maxsize=64)(_told)


def _some(values: Iterable[str]) -> tuple[str, ...]:
    """Each value once, in order, not more than anybody has."""
    return tuple(dict.fromkeys(value[:_LONGEST] for value in values if len(value) > 1))[:_MOST]


def _address(value: str) -> list[str]:
    """An address as something to look for: whole without spaces, its lines with a number, its postcode.

    A single word of it, such as High in High Street, tells of nobody.
    """
    lines = [line for line in re.split(r"[,^\n\r]", value) if any(map(str.isdecimal, line))]
    found = ["".join(re.findall(r"\w", line)) for line in (value, *lines)]
    return [one for one in found if len(one) >= 2 * _SHORTEST] + _POSTCODE.findall(value)


_WANTED = frozenset({*_OWN_NAMES, *_OWN_NUMBERS, *_NAMES, *_NUMBERS, _ADDRESS})
_ASKED = (_CHARSET, *sorted(_WANTED), *_SEQUENCES)


def _said(said: Said, encoding: Encoding) -> Iterator[tuple[int, str]]:
    charset = next((raw for tag, _, raw in said if tag == _CHARSET), b"")
    for tag, _, raw in said:
        if tag in _WANTED:
            yield from ((tag, value) for value in _values(decode(raw, charset)))
    for tag, vr, raw in said:
        if tag in _SEQUENCES and raw:
            element = Element(tag, vr, 0, 0, len(raw), 0, False)
            with suppress(MalformedDicom):
                yield from _inside(raw, element, encoding, charset, 0)


def _inside(
    buffer: bytes, element: Element, encoding: Encoding, charset: bytes, depth: int
) -> Iterator[tuple[int, str]]:  # fmt: skip
    inner = content_encoding(buffer, element, encoding)
    for item in items(buffer, element, inner, depth=depth):
        for one in elements(buffer, item.value, item.stop, inner, depth=depth + 1):
            if one.tag in _WANTED:
                raw = buffer[one.value : min(one.stop, one.value + 16 * _LONGEST)]
                yield from ((one.tag, value) for value in _values(decode(raw, charset)))
            elif (one.vr == b"SQ" or one.undefined or one.tag in _SEQUENCES) and depth < _DEPTH:
                yield from _inside(buffer, one, inner, charset, depth + 1)


def _values(text: str) -> list[str]:
    parts = (part.strip(" \0\t\r\n") for part in text.split("\\"))
    return [part for part in parts if part]
