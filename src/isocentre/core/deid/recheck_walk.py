"""Follow the bytes of an object for the second check: judge each element, and gather what the texts say.

Its own byte walker; imports nothing of the engine.
"""

from __future__ import annotations

import re
from functools import lru_cache
from struct import Struct

from isocentre.core.deid.recheck_naming import NEVER
from isocentre.core.deid.recheck_private import Level, admits, ours
from isocentre.core.deid.recheck_sorts import DEVICE, FREE, METHODS, SORTS, Sorts, vr_of
from isocentre.core.deid.recheck_state import Broken, State, Texts

LONGEST = 16 * 1024 * 1024
META = frozenset({0x00020000, 0x00020001, 0x00020002, 0x00020003, 0x00020010, 0x00020012, 0x00020013})
METHOD, BURNED_IN, CHARSET, SCHEME = 0x00120064, 0x00280301, 0x00080005, 0x00080102
_CODE_VALUES = frozenset({0x00080100, 0x00080119, 0x00080120})
_DEPTH = 64
_SHORT_ITEM, _MOST_ALIKE = 4096, 1024
_UNDEFINED = 0xFFFFFFFF
_PIXELS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
_WIDE = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_TEXTS = frozenset({b"AE", b"AS", b"CS", b"LO", b"LT", b"PN", b"SH", b"ST", b"UC", b"UR", b"UT"})
_FORMAL = frozenset({b"DA", b"DS", b"DT", b"IS", b"TM", b"UI"})
"""Numbers, dates and UIDs as text: what has a letter in it is no such value, and is read like a text."""
_KINDS = dict.fromkeys(_TEXTS, 1) | dict.fromkeys(_FORMAL, 2)
_BINARY = (b"AT", b"FD", b"FL", b"SL", b"SS", b"UL", b"US")
_KINDS_SHORT = {vr: kind for vr, kind in _KINDS.items() if vr not in _WIDE} | dict.fromkeys(_BINARY, 3)
_SAID = frozenset(
    {0x00080018, 0x00100010, 0x00100020, 0x00120062, 0x0020000D, 0x0020000E, 0x00280100, 0x00280301, 0x00280303}
)
_PUBLIC = frozenset(b"DCM SCT SRT SNM3 99SDM LN UCUM FMA UMLS NCIT RADLEX MDC BI NYUMCCG DC RFC5646 ISO3166_1".split())
"""Coding schemes that everybody has (PS3.16 table 8-1); SRT was called SNM3 and 99SDM before. Their codes are nobody's
numbers, those of a local scheme may be somebody's."""
_NEEDS_JUDGING = NEVER | _SAID | _PIXELS | _CODE_VALUES | {METHOD, CHARSET, SCHEME}


def _quick(tag: int) -> int:
    """How a text of this attribute is treated, where that is all there is to it; 0 where the element must be judged."""
    group = tag >> 16
    if group & 1 or group < 8 or group & 0xFF00 in (0x5000, 0x6000) or group == 0xFFFE:
        return 0
    return 0 if tag in _NEEDS_JUDGING else SORTS[tag]


_QUICK = Sorts(_quick)
_KIND_OF = Sorts(lambda tag: 0 if (vr := vr_of(tag)) == b"SQ" else _KINDS.get(vr, 3))
"""1 for a text, 2 for a formal value, 3 for any other, 0 for a sequence: by the dictionary."""


_END, _END_BIG = b"\xfe\xff\x0d\xe0", b"\xff\xfe\xe0\x0d"
_LE, _BE = Struct("<HHL"), Struct(">HHL")
_LE_HEAD, _BE_HEAD = Struct("<HH2sH"), Struct(">HH2sH")
_LE32, _BE32 = Struct("<L"), Struct(">L")


def read_meta(state: State) -> int:
    """Note what the file meta says; returns where the data set begins."""
    pos = 132
    size = len(state.data)
    while pos + 8 <= size and bytes(state.data[pos : pos + 2]) == b"\2\0":
        tag, value, length, _ = _read(state, pos, size, True)
        if value + length > size or length > LONGEST:
            raise Broken("its file meta is cut short or too long")
        if tag not in META:
            state.add("file_meta", "The file meta says more than it may", tag)
        state.values[tag] = bytes(state.data[value : value + length])
        pos = value + length
    return pos


def _read(state: State, pos: int, end: int, explicit: bool) -> tuple[int, int, int, bytes]:
    """Tag, offset of the value, length and VR of the element at `pos`."""
    if pos + 8 > end:
        raise Broken("it ends inside an element")
    if explicit:
        group, number, vr, length = (_LE_HEAD if state.little else _BE_HEAD).unpack_from(state.data, pos)
        if group != 0xFFFE:
            if vr not in _WIDE:
                return group << 16 | number, pos + 8, length, vr
            if pos + 12 > end:
                raise Broken("it ends inside an element")
            (length,) = (_LE32 if state.little else _BE32).unpack_from(state.data, pos + 8)
            return group << 16 | number, pos + 12, length, vr
    group, number, length = (_LE if state.little else _BE).unpack_from(state.data, pos)
    return group << 16 | number, pos + 8, length, b""


class _Place:
    """What goes with the elements of one data set."""

    __slots__ = ("charset", "codes", "depth", "explicit", "level", "public", "texts")

    def __init__(self, depth: int, explicit: bool, charset: bytes, texts: Texts) -> None:
        self.depth, self.explicit, self.charset, self.texts = depth, explicit, charset, texts
        self.level: Level | None = None
        self.codes: list[tuple[bytes, int]] = []
        self.public = False

    def close(self, state: State) -> None:
        """What is left to say where the data set ends."""
        if self.level is not None:
            state.private.update(dict.fromkeys(self.level.idle(), False))
        for said, tag in self.codes:
            self.texts[DEVICE if self.public else FREE].setdefault(said, tag)


def walk(state: State, start: int) -> None:
    """Judge the data set that begins at `start`."""
    place = _Place(0, state.explicit, b"", state.texts_in(b""))
    _walk(state, place, start, len(state.data), False)


def _walk(state: State, place: _Place, pos: int, end: int, until: bool) -> int:
    """Judge the elements in [pos, end), or `until` the end of an item without a length; returns where they end."""
    depth, explicit = place.depth, place.explicit
    if depth > _DEPTH:
        raise Broken("sequences are nested too deep")
    plain, data, closing = _plain if explicit else _plain_implicit, state.data, _END if state.little else _END_BIG
    while pos < end:
        if not state.sealed and not state.allowed and not (depth == 0 and state.pixel):
            pos = plain(state, place, pos, end)
            if pos >= end:
                break
        if until and data[pos : pos + 4] == closing and pos + 8 <= end:
            place.close(state)
            return pos + 8
        tag, value, length, vr = _read(state, pos, end, explicit)
        if depth == 0:
            if state.pixel:
                state.add("after_pixels", "Something follows the picture", tag)
            if tag in _PIXELS:
                pos = _pixels(state, value, length, end)
                state.pixel = (value, pos)
                continue
        if tag >> 16 & 1 and _private(state, place, tag, value, length, vr, end):
            pos = value + length
        else:
            pos = _element(state, place, tag, value, length, vr, end)
    if until:
        raise Broken("a sequence item has no end")
    place.close(state)
    return pos


def _plain(state: State, place: _Place, pos: int, end: int) -> int:
    """Go past elements that may say what they like, which are by far the most: they are only noted.

    Returns where the first one begins that must be judged, or `end`.
    """
    data, texts, formal, binary = state.data, place.texts, state.formal, state.binary
    head, last = (_LE_HEAD if state.little else _BE_HEAD).unpack_from, end - 8
    while pos <= last:
        group, number, vr, length = head(data, pos)
        tag = group << 16 | number
        if not (sort := _QUICK[tag]):
            return pos
        if kind := _KINDS_SHORT.get(vr):
            stop = pos + 8 + length
            if stop > end:
                return pos
            if length > 3 or kind == 1:
                said = bytes(data[pos + 8 : stop])
                (texts[sort] if kind == 1 else formal if kind == 2 else binary).setdefault(said, tag)
            pos = stop
        elif vr == b"SQ" and pos + 12 <= end:
            (length,) = (_LE32 if state.little else _BE32).unpack_from(data, pos + 8)
            stop = pos + 12 + length
            if length != _UNDEFINED and stop > end:
                return pos
            pos = _items(state, place, tag, pos + 12, end if length == _UNDEFINED else stop, place.explicit,
                         length == _UNDEFINED)  # fmt: skip
        else:
            return pos
    return pos


def _plain_implicit(state: State, place: _Place, pos: int, end: int) -> int:
    """As `_plain`, where the value representation is that of the dictionary. Sequences are left to be judged."""
    data, texts, formal, binary = state.data, place.texts, state.formal, state.binary
    head, last, item = (_LE if state.little else _BE).unpack_from, end - 8, _item(state)
    while pos <= last:
        group, number, length = head(data, pos)
        tag, stop = group << 16 | number, pos + 8 + length
        sort, kind = _QUICK[tag], _KIND_OF[tag]
        if not sort or not kind or stop > end or (length >= 8 and data[pos + 8 : pos + 12] == item):
            return pos
        if length > 3 or kind == 1:
            said = bytes(data[pos + 8 : stop])
            (texts[sort] if kind == 1 else formal if kind == 2 else binary).setdefault(said, tag)
        pos = stop
    return pos


def _private(state: State, place: _Place, tag: int, value: int, length: int, vr: bytes, end: int) -> bool:
    """Judge a private element by the list. True when that is all there is to it; else it is walked like any other."""
    level = place.level = place.level or Level()
    stop, number = value + length, tag & 0xFFFF
    whole = length != _UNDEFINED and stop <= end
    row, known, seen = None, False, b""
    if 0x10 <= number <= 0xFF:
        level.creator(tag, vr, bytes(state.data[value : min(stop, value + 65)]) if whole else b"")
        known = True  # unless nothing under it may stay, which its level says at the end
    else:
        row = level.action(tag, vr)
    if row is not None and row[3] == "walk":
        seen = bytes(state.data[value : min(stop, end, value + 4)])
        known, row = seen in (b"", _item(state)), None
        whole = False
    elif row is not None and whole:
        unseen = row[0] == "OB" and row[3] == "keep"  # a compressed picture
        content = b"" if unseen or length > LONGEST else bytes(state.data[value:stop])
        known = unseen or (length <= LONGEST and admits(row, content))
        if row[3] == "shift" and length:
            state.dated.add(tag)
        if row[3] == "key" and not ours(content):
            state.unkeyed.add(tag)
    known = known and not state.sealed
    state.private[tag] = state.private.get(tag, True) and known
    if whole and known:
        _note(state, place, tag, vr, value, stop)
    return whole and known


def _element(state: State, place: _Place, tag: int, value: int, length: int, vr: bytes, end: int) -> int:
    """Judge one element and return where it ends."""
    group = tag >> 16
    if not group & 1 and (group & 0xFF00 in (0x5000, 0x6000) or group < 8 or tag in _PIXELS):
        state.add("forbidden", "An element that may not be there", tag)  # in a sequence, a picture too
    if length == _UNDEFINED:
        if tag in NEVER:
            state.names(tag)
        if vr in (b"OB", b"OW"):
            stop = _pixels(state, value, length, end)
            state.binary.setdefault(bytes(state.data[value:stop]), tag)
            return stop
        return _items(state, place, tag, value, end, _inner(state, value, vr, place.explicit), True)
    stop = value + length
    if stop > end:
        raise Broken("an element is longer than the data")
    if (tag in NEVER or tag == METHOD) and length > LONGEST:
        raise Broken("an element is too long to be read")
    if (place.depth == 0 and tag in _SAID and length <= 1024) or tag == BURNED_IN:
        state.values[tag] = bytes(state.data[value : min(stop, value + 1024)])
    # Under implicit VR nothing says "sequence" but the item tag at its start.
    if vr == b"SQ" or (vr in (b"", b"UN") and length >= 8 and bytes(state.data[value : value + 4]) == _item(state)):
        if tag == METHOD:
            state.codes.append(said := bytes(state.data[value:stop]))
            if length <= _SHORT_ITEM and _only_methods(said, place.explicit, state.little):
                return stop
        state.sealed += tag in NEVER  # a dummy item may stand there, and nothing else
        _items(state, place, tag, value, stop, _inner(state, value, vr, place.explicit), False)
        state.sealed -= tag in NEVER
        return stop
    if (tag in NEVER or state.sealed) and bytes(state.data[value:stop]).strip(b" \0") not in _DUMMY:
        state.names(tag)
    _note(state, place, tag, vr, value, stop)
    return stop


@lru_cache(maxsize=256)
def _only_methods(said: bytes, explicit: bool, little: bool) -> bool:
    """Whether (0012,0064) has nothing but codes of CID 7050. All objects of a profile say the same there."""
    alone = State(said, explicit, little)
    place = _Place(0, explicit, b"", alone.texts_in(b""))
    try:
        _items(alone, place, 0, 0, len(said), explicit, False)
    except Broken:
        return False
    texts = (text.rstrip(b" \0") for found in place.texts.values() for text in found)
    return not (alone.found or alone.formal or alone.binary or alone.private) and METHODS.issuperset(texts)


_DUMMY = frozenset({b"", b"REMOVED", b"99REMOVED"})


def _note(state: State, place: _Place, tag: int, vr: bytes, value: int, stop: int) -> None:
    """Gather what a value says, whatever its VR."""
    if stop == value:
        return
    if vr in (b"", b"UN"):
        vr = vr_of(tag)
    kind = _KINDS.get(vr)
    said = bytes(state.data[value:stop])
    if state.allowed and stop - value <= 1024:
        said = _rest(state, tag, said)
    if kind is None:
        state.binary.setdefault(said, tag)
    elif kind == 2:
        state.formal.setdefault(said, tag)
    elif tag in _CODE_VALUES:
        place.codes.append((said, tag))  # the scheme may come behind it
    else:
        place.texts[SORTS[tag]].setdefault(said, tag)
    if tag == SCHEME:
        place.public = said.strip(b" \0") in _PUBLIC
    if tag == CHARSET:
        place.charset, place.texts = said, state.texts_in(said)


def _rest(state: State, tag: int, said: bytes) -> bytes:
    """What is left of a value without what people let stay: that is not searched."""
    return b"\\".join(
        part
        for part in said.split(b"\\")
        if not any(
            (tag, part.strip(b" \0").decode(codec, "replace")) in state.allowed for codec in ("utf-8", "latin-1")
        )
    )


def _item(state: State) -> bytes:
    return b"\xfe\xff\x00\xe0" if state.little else b"\xff\xfe\xe0\x00"


def _inner(state: State, value: int, vr: bytes, explicit: bool) -> bool:
    """Whether the items of a sequence have VRs: not under UN (PS3.5 6.2.2), unless the first element shows one."""
    if vr != b"UN":
        return explicit
    return re.fullmatch(rb"[A-Z]{2}", bytes(state.data[value + 12 : value + 14])) is not None


def _items(state: State, place: _Place, tag: int, pos: int, end: int, explicit: bool, open_ended: bool) -> int:
    begin, data, head = pos, state.data, (_LE if state.little else _BE).unpack_from
    # The frames of an enhanced object say the same in most of their items: what was just judged here is not judged
    # again where it comes once more, byte for byte.
    key = (tag, place.depth, explicit, place.charset, state.sealed)
    last = state.alike.get(key, b"")
    while pos < end:
        if last and pos + len(last) <= end and data[pos : pos + len(last)] == last:
            pos += len(last)
            continue
        if pos + 8 > end:
            raise Broken("it ends inside an element")
        group, number, length = head(data, pos)
        if group == 0xFFFE and number == 0xE0DD and open_ended:
            if tag == METHOD:
                state.codes.append(bytes(data[begin:pos]))
            return pos + 8
        if group != 0xFFFE or number != 0xE000:
            raise Broken("something stands where a sequence item should")
        inner, start = _Place(place.depth + 1, explicit, place.charset, place.texts), pos
        if length == _UNDEFINED:
            pos = _walk(state, inner, pos + 8, end, True)
        elif pos + 8 + length > end:
            raise Broken("a sequence item is longer than the data")
        else:
            pos = _walk(state, inner, pos + 8, pos + 8 + length, False)
        if pos - start <= _SHORT_ITEM and len(state.alike) < _MOST_ALIKE:
            last = state.alike[key] = bytes(data[start:pos])
    if open_ended:
        raise Broken("a sequence has no end")
    return pos


def _pixels(state: State, value: int, length: int, end: int) -> int:
    """The end of a pixel value, or of the head when the head stops before it."""
    if value >= end:
        return end
    if length != _UNDEFINED:
        if value + length > end:
            raise Broken("the picture is cut short")
        return value + length
    pos = value
    while pos < end:
        mark, at, size, _ = _read(state, pos, end, False)
        if mark == 0xFFFEE0DD:
            return at
        if mark != 0xFFFEE000 or at + size > end:
            raise Broken("a fragment of the picture is cut short")
        pos = at + size
    raise Broken("the picture has no end")
