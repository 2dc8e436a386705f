"""The walk that makes the plan: one pass over the bytes, a decision per tag, untouched spans left where they lie.

The fast road reads little-endian elements straight from the buffer; the slow road takes them from the general walker
and serves big-endian. Both hand what changes to the same `_change`, and a test holds them to equal results.
"""

from __future__ import annotations

from functools import partial
from struct import Struct
from typing import TypeAlias

from isocentre.core.deid import alike, content, dummies, write
from isocentre.core.deid.cleaner import FINE
from isocentre.core.deid.plan import Piece, length_of
from isocentre.core.deid.private import Group
from isocentre.core.deid.rules import (
    CONST,
    DROP,
    DUMMY_ITEM,
    GUARD,
    KEEP,
    PIXEL,
    PRIVATE,
    SEQUENCE,
    TEXT,
    Decision,
    Held,
)
from isocentre.core.deid.walking import REMEMBERED, TAG_AND_VR, TAG_ONLY, Inserts, Walk
from isocentre.core.dicom.header import MAX_VALUE
from isocentre.core.dicom.stretches import NEVER, At
from isocentre.core.dicom.walk import (
    MAX_DEPTH,
    UNDEFINED,
    Buffer,
    Element,
    Encoding,
    Item,
    MalformedDicom,
    content_encoding,
    elements,
    items,
    locate,
    tag_text,
)

Fine: TypeAlias = set[tuple[bool, int, bytes]]
_EIGHT = Struct("<Q").unpack_from
_LONG = Struct("<L").unpack_from
_SHORT_ENTRY = 256
_GROUP_8 = (b"\x08\x00", b"\x00\x08")
_DEVICES = 0x00500010


def run(
    walk: Walk, buffer: Buffer, start: int, end: int, encoding: Encoding, depth: int = 0, inserts: Inserts = (),
    memory: alike.Memory | None = None,
) -> list[Piece]:  # fmt: skip
    """Pieces of the data set in `buffer[start:end]`, `inserts` put in by tag; spans refer to `buffer`.

    At depth 0 elements must ascend and `pixel_at` is set to the index of the piece that holds the pixel value; there,
    what is remembered of objects like this one (`memory`) need not be walked again. Raises MalformedDicom, and Held
    when a value says that the object may not pass.
    """
    pieces: list[Piece] = []
    if walk.slow or not encoding.little:
        _slow(walk, buffer, start, end, encoding, depth, inserts, pieces)
    elif memory is None:
        _fast(walk, buffer, At(start), end, encoding, depth, inserts, pieces)
    else:
        at, walk.groups = At(start), memory.groups

        def ordinary(pieces: list[Piece], end: int, until: int, flush: int) -> None:
            _fast(walk, buffer, at, end, encoding, depth, inserts, pieces, until, flush)

        alike.top(walk, memory.top, buffer, at, end, inserts, pieces, ordinary)
        memory.learn(buffer, start, end)
    return pieces


def _fast(
    walk: Walk, buffer: Buffer, at: At, end: int, encoding: Encoding, depth: int, inserts: Inserts,
    pieces: list[Piece], until: int = NEVER, flush: int = NEVER,
) -> None:  # fmt: skip
    """Walk from `at` to `end`, or to the first tag `until` or above; then put in what of `inserts` is below `flush`."""
    explicit, rules = encoding.explicit, walk.inner if depth else walk.rules
    known, mask, shift = (rules.explicit, TAG_AND_VR, 48) if explicit else (rules.implicit, TAG_ONLY, 32)
    keep, pos, last, waiting = at.pos, at.pos, at.last, at.waiting
    gone, fine = list[int](), walk.cleaner.fine
    next_insert = inserts[waiting][0] if waiting < len(inserts) else NEVER
    while pos < end:
        if pos + 8 > end:
            raise MalformedDicom("data set", "the data ends inside an element header")
        (head,) = _EIGHT(buffer, pos)
        decision = known.get(head & mask) or rules.found(head, explicit)
        tag, _, long, kind, _, _, _, form = decision
        if tag >= until:
            break
        if tag <= last and depth == 0:
            raise MalformedDicom("data set", f"{tag_text(tag)} comes twice or out of order")
        last, value, length = tag, pos + 8, head >> shift
        if long:
            value, length = pos + 12, _length(buffer, pos, end, tag)
        after = value + length
        if tag > next_insert:
            keep, waiting, next_insert = _insert(pieces, inserts, waiting, tag, keep, pos)
        if (length == UNDEFINED or after > end) and kind != PRIVATE:
            element = locate(buffer, pos, end, encoding, depth)
        elif kind == KEEP or (form is not None and form(buffer, value, after)):
            pos = after
            continue
        elif kind == DROP:
            if keep < pos:
                pieces.append((keep, pos - keep))
            keep = pos = after
            gone.append(tag)
            continue
        elif kind == PRIVATE:
            pos, last, keep = _odd(walk, buffer, tag >> 16, pos, end, encoding, depth, pieces, keep)
            continue
        elif _stays(fine, kind, tag, buffer, value, after):
            pos = after
            continue
        else:
            element = Element(tag, decision.vr, pos, value, after, after, False)
        keep, pos = _change(walk, buffer, element, decision, encoding, depth, pieces, keep), element.end
    if keep < pos:
        pieces.append((keep, pos - keep))
    at.pos, at.last, at.waiting = pos, last, _insert(pieces, inserts, waiting, flush, pos, pos)[1]
    walk.dropped(gone)


def _length(buffer: Buffer, pos: int, end: int, tag: int) -> int:
    """The 32-bit length of the element at `pos`."""
    if pos + 12 > end:
        raise MalformedDicom("data set", f"the data ends inside the header of {tag_text(tag)}")
    (length,) = _LONG(buffer, pos + 8)
    return int(length)


def _stays(fine: Fine, kind: int, tag: int, buffer: Buffer, value: int, after: int) -> bool:
    """Whether a text was seen before, and stays as it is."""
    return kind >= TEXT and after - value <= FINE and (kind == GUARD, tag, bytes(buffer[value:after])) in fine


def _slow(
    walk: Walk, buffer: Buffer, start: int, end: int, encoding: Encoding, depth: int, inserts: Inserts,
    pieces: list[Piece],
) -> None:  # fmt: skip
    rules = walk.inner if depth else walk.rules
    keep, last, waiting = start, -1, 0
    group: Group | None = None
    for element in elements(buffer, start, end, encoding, depth=depth):
        tag = element.tag
        if tag <= last and depth == 0:
            raise MalformedDicom("data set", f"{tag_text(tag)} comes twice or out of order")
        last = tag
        if group and group.number != tag >> 16:
            keep = _settle(group, pieces, keep, element.start)
            group = None
        keep, waiting, _ = _insert(pieces, inserts, waiting, tag, keep, element.start)
        decision = rules.decide(tag, element.vr)
        if decision.kind == PRIVATE:
            group = group or _group(walk, buffer, tag >> 16, element.start, encoding, depth)
            group.add(element)
        elif decision.kind != KEEP or element.undefined:
            shown = element._replace(vr=decision.vr)
            keep = _change(walk, buffer, shown, decision, encoding, depth, pieces, keep)
    if group:
        keep = _settle(group, pieces, keep, end)
    _insert(pieces, inserts, waiting, NEVER, keep, end)


def _odd(
    walk: Walk, buffer: Buffer, number: int, pos: int, end: int, encoding: Encoding, depth: int,
    pieces: list[Piece], keep: int,
) -> tuple[int, int, int]:  # fmt: skip
    """Take an odd group from little-endian bytes: where it ends, its last tag, where the next kept span begins."""
    group, kept = _group(walk, buffer, number, pos, encoding, depth), None if depth else walk.groups.get(number)
    pos, last = group.scan(pos, end, depth) if kept is None else alike.group(walk, group, kept, buffer, pos, end)
    return pos, last, _settle(group, pieces, keep, pos)


def _group(walk: Walk, buffer: Buffer, number: int, begin: int, encoding: Encoding, depth: int) -> Group:
    """An odd group that begins at `begin`, its sequences walked by the profile's rules like any other."""
    inside, profile = partial(_sequence, walk, buffer, encoding=encoding, depth=depth), walk.rules.profile
    kept = profile.keeps_uids
    return Group(buffer, number, begin, encoding, walk.keys, profile.dates, kept, inside, walk.actions)


def _settle(group: Group, pieces: list[Piece], keep: int, end: int) -> int:
    """Put in what stays of an odd group that ends at `end`; returns where the next kept span begins."""
    made = group.pieces()
    if made == [(group.begin, end - group.begin)]:
        return keep
    if keep < group.begin:
        pieces.append((keep, group.begin - keep))
    pieces += made
    return end


def _insert(pieces: list[Piece], inserts: Inserts, waiting: int, tag: int, keep: int, pos: int) -> tuple[int, int, int]:
    """Put in what belongs before `tag`; returns where the next kept span begins, and what still waits."""
    if keep < pos and (tag == NEVER or (waiting < len(inserts) and inserts[waiting][0] < tag)):
        pieces.append((keep, pos - keep))
        keep = pos
    while waiting < len(inserts) and inserts[waiting][0] < tag:
        pieces.append(inserts[waiting][1])
        waiting += 1
    return keep, waiting, inserts[waiting][0] if waiting < len(inserts) else NEVER


def _change(
    walk: Walk,
    buffer: Buffer,
    element: Element,
    decision: Decision,
    encoding: Encoding,
    depth: int,
    pieces: list[Piece],
    keep: int,
) -> int:
    """Carry out a decision that may change an element; returns where the next kept span begins."""
    kind, new = decision.kind, b""
    made: list[Piece] | None = None
    if kind == PIXEL and depth == 0:
        if walk.pixel_at is not None:
            raise Held("picture", "The object has pictures of two kinds, of which only one may be there.")
        if element.undefined and decision.vr not in (b"OB", b"OW"):  # fragments under UN are read as a sequence
            raise MalformedDicom("data set", f"{tag_text(element.tag)} has the value representation of no picture")
        pieces.append((keep, element.value - keep))
        walk.pixel_at = len(pieces)
        pieces.append((element.value, element.end - element.value))
        return element.end
    # A picture in a sequence is an icon or a copy that nobody looks at: it goes (as E.1-1 says of the icon).
    if kind == SEQUENCE:
        made = _sequence(walk, buffer, element, encoding, depth)
        if made is None:
            return keep
    elif kind == DUMMY_ITEM:
        new = dummies.sequence(element.tag, encoding)
    elif kind == CONST:
        new = write.element(element.tag, decision.vr, decision.value, encoding)
    elif kind != DROP and not element.undefined and decision.change is not None:
        if element.stop - element.value > MAX_VALUE:
            raise MalformedDicom("data set", f"{tag_text(element.tag)} is too long to be read")
        raw = bytes(buffer[element.value : element.stop])
        value = walk.changed(element, decision, decision.change, raw, depth)
        if value == raw:
            return keep
        if value is not None:
            new = write.element(element.tag, decision.vr, value, encoding)
    letter = "X" if kind == PIXEL else "C" if kind in (TEXT, GUARD) else decision.letter
    walk.actions[letter] = walk.actions.get(letter, 0) + 1
    walk.count(element.tag, letter)
    if keep < element.start:
        pieces.append((keep, element.start - keep))
    if made is not None:
        pieces += made
    elif new:
        pieces.append(new)
    return element.end


def _sequence(walk: Walk, buffer: Buffer, element: Element, encoding: Encoding, depth: int) -> list[Piece] | None:
    """Pieces of a sequence whose items were walked; None when nothing in it changed. Lengths stay defined or not."""
    if depth + 1 > MAX_DEPTH:
        raise MalformedDicom("sequence", f"sequences are nested deeper than {MAX_DEPTH}")
    inner = content_encoding(buffer, element, encoding)
    out: list[Piece] = []
    changed, charset, inside, outer = False, walk.charset, walk.inner, walk.scheme
    if element.tag == _DEVICES:
        walk.inner = walk.carried
    for item in items(buffer, element, inner, depth=depth):
        if element.tag == content.SEQUENCE:
            content.check(buffer, item, inner, depth + 1)
        entry = _entry(walk, buffer, item, inner)
        if entry in walk.same:
            out.append((item.start, item.end - item.start))
            continue
        before = (len(walk.named), sum(walk.actions.values())) if entry else None
        walk.scheme = content.scheme(buffer, item, inner, depth + 1)
        made = run(walk, buffer, item.value, item.stop, inner, depth + 1)
        walk.charset, walk.scheme = charset, outer
        if made == ([(item.value, item.stop - item.value)] if item.value < item.stop else []):
            out.append((item.start, item.end - item.start))
            if entry and before == (len(walk.named), sum(walk.actions.values())) and len(walk.same) < REMEMBERED:
                walk.same.add(entry)
            continue
        changed = True
        out.append(write.item_head(UNDEFINED if item.undefined else size(made), inner))
        out += made
        if item.undefined:
            out.append(write.item_end(inner))
    walk.inner = inside
    if not changed:
        return None
    if element.undefined:
        ending: list[Piece] = [write.sequence_end(inner)]
        return [write.head(element.tag, element.vr, UNDEFINED, encoding), *out, *ending]
    return [write.head(element.tag, element.vr, size(out), encoding), *out]


def _entry(walk: Walk, buffer: Buffer, item: Item, encoding: Encoding) -> tuple[bool, bool, bytes, bytes] | None:
    """What tells one short coded entry from another, by which it is walked once an object; None for another item."""
    if not 2 <= item.stop - item.value <= _SHORT_ENTRY or bytes(buffer[item.value : item.value + 2]) not in _GROUP_8:
        return None
    raw = bytes(buffer[item.value : item.stop])
    return encoding.explicit, walk.inner is walk.carried, walk.charset, raw


def size(pieces: list[Piece]) -> int:
    """Bytes of the pieces together."""
    return sum(map(length_of, pieces))
