"""Look ahead in a header for what it says of people and places, before the first text that may repeat it."""

from __future__ import annotations

from struct import Struct

from isocentre.core.dicom.walk import LONG_VRS, UNDEFINED, Buffer, Encoding, elements, items, locate

NAMES = frozenset(
    {0x00080090, 0x0008009C, 0x00081048, 0x00081050, 0x00081060, 0x00081070, 0x00100010, 0x00101001, 0x00101005}
    | {0x00101060, 0x00101040, 0x00102154, 0x00102297}
)
NUMBERS = frozenset({0x00080050, 0x00100020, 0x00100030, 0x00101000, 0x00101090})
PLACES = frozenset({0x00080080, 0x00080081, 0x00080092, 0x00081040})
OTHER_IDS = 0x00101002
CHARSET = 0x00080005
_WANTED = NAMES | NUMBERS | PLACES | {OTHER_IDS, CHARSET}
_LAST = 0x00102297
_MOST = 4096
_HEADS = {True: Struct("<HHL"), False: Struct(">HHL")}
_LONG = {True: Struct("<L"), False: Struct(">L")}

Said = tuple[tuple[int, bytes], ...]


def said(buffer: Buffer, start: int, end: int, encoding: Encoding) -> Said:
    """Tags and raw values of what groups 0008 and 0010 say of people and places; looks no further than group 0010."""
    found: list[tuple[int, bytes]] = []
    read, long = _HEADS[encoding.little].unpack_from, _LONG[encoding.little].unpack_from
    explicit, pos = encoding.explicit, start
    while pos + 8 <= end:
        group, number, length = read(buffer, pos)
        tag = group << 16 | number
        if tag > _LAST:
            break
        value = pos + 8
        if explicit:
            if bytes(buffer[pos + 4 : pos + 6]) in LONG_VRS:
                value = pos + 12
                if value > end:
                    break
                (length,) = long(buffer, pos + 8)
            else:
                length = length >> 16 if encoding.little else length & 0xFFFF
        if length == UNDEFINED:
            element = locate(buffer, pos, end, encoding)
            stop, after = element.stop, element.end
        else:
            stop = after = value + length
        if tag in _WANTED:
            if tag == OTHER_IDS:
                found += _other_ids(buffer, pos, end, encoding)
            else:
                found.append((tag, bytes(buffer[value : min(stop, value + _MOST)])))
        pos = after
    return tuple(found)


def _other_ids(buffer: Buffer, pos: int, end: int, encoding: Encoding) -> Said:
    found = []
    element = locate(buffer, pos, end, encoding)
    for item in items(buffer, element, encoding):
        for inner in elements(buffer, item.value, item.stop, encoding, depth=1):
            if inner.tag == 0x00100020:
                found.append((OTHER_IDS, bytes(buffer[inner.value : min(inner.stop, inner.value + _MOST)])))
    return tuple(found)
