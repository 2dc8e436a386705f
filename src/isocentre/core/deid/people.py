"""Look ahead in a header for what it says of people and places, before the first text that may repeat it."""

from __future__ import annotations

from struct import Struct

from isocentre.core.dicom.walk import LONG_VRS, UNDEFINED, Buffer, Encoding, elements, items, locate
from isocentre.core.ids import is_uid

NAMES = frozenset(
    {0x00080090, 0x0008009C, 0x00081048, 0x00081050, 0x00081060, 0x00081070, 0x00100010, 0x00101001, 0x00101005}
    | {0x00101060, 0x00101040, 0x00102154, 0x00102297}
)
NUMBERS = frozenset({0x00080050, 0x00100020, 0x00100030, 0x00101000, 0x00101090})
PLACES = frozenset({0x00080080, 0x00080081, 0x00080092, 0x00081040})
OTHER_IDS = 0x00101002
CHARSET = 0x00080005
_WANTED = NAMES | NUMBERS | PLACES | {OTHER_IDS, CHARSET}
_LAST, _LAST_GROUP = 0x0010FFFF, 0x0010
_MOST = 4096
_EIGHT = Struct("<Q").unpack_from
_LONG = Struct("<L").unpack_from
_WIDE = frozenset(int.from_bytes(vr, "little") for vr in LONG_VRS)
_HEADS = frozenset((tag & 0xFFFF) << 16 | tag >> 16 for tag in _WANTED)

Said = tuple[tuple[int, bytes], ...]


def said(buffer: Buffer, start: int, end: int, encoding: Encoding) -> Said:
    """Tags and raw values of what groups 0008 and 0010 say of people and places; looks no further than group 0010."""
    found: list[tuple[int, bytes]] = []
    if not encoding.little:
        for element in elements(buffer, start, end, encoding):
            if element.tag > _LAST:
                break
            _take(found, buffer, element.tag, element.start, element.value, element.stop, end, encoding)
        return tuple(found)
    explicit, pos = encoding.explicit, start
    while pos + 8 <= end:
        (head,) = _EIGHT(buffer, pos)
        if head & 0xFFFF > _LAST_GROUP:
            break
        value, length = pos + 8, head >> 32
        if explicit:
            length >>= 16
            if head >> 32 & 0xFFFF in _WIDE:
                value = pos + 12
                if value > end:
                    break
                (length,) = _LONG(buffer, pos + 8)
        after = locate(buffer, pos, end, encoding).end if length == UNDEFINED else value + length
        if head & 0xFFFFFFFF in _HEADS:
            tag = (head & 0xFFFF) << 16 | (head >> 16 & 0xFFFF)
            _take(found, buffer, tag, pos, value, after, end, encoding)
        pos = after
    return tuple(found)


def _take(
    found: list[tuple[int, bytes]],
    buffer: Buffer,
    tag: int,
    pos: int,
    value: int,
    stop: int,
    end: int,
    encoding: Encoding,
) -> None:
    if tag == OTHER_IDS:
        found += _other_ids(buffer, pos, end, encoding)
    elif tag in _WANTED:
        found.append((tag, bytes(buffer[value : min(stop, value + _MOST)])))


def _other_ids(buffer: Buffer, pos: int, end: int, encoding: Encoding) -> Said:
    found = []
    element = locate(buffer, pos, end, encoding)
    for item in items(buffer, element, encoding):
        for inner in elements(buffer, item.value, item.stop, encoding, depth=1):
            if inner.tag == 0x00100020:
                found.append((OTHER_IDS, bytes(buffer[inner.value : min(inner.stop, inner.value + _MOST)])))
    return tuple(found)


def named(known: tuple[str, ...]) -> tuple[str, ...]:
    """What is known without UIDs: they name nobody in a text, and the cleaner of a series is made once without them."""
    return tuple(value for value in known if not is_uid(value))
