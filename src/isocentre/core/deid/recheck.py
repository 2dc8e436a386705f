"""The second check, both sides: is this object truly de-identified? Its own byte walker; imports nothing of the engine.

It reads what comes before the pixel value (and anything after it), in at most a millisecond for a slice.
"""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from struct import Struct
from typing import TypeAlias

from isocentre.core.deid import needles as _needles
from isocentre.core.deid.recheck_naming import NEVER, STAYING
from isocentre.core.deid.recheck_private import Level, admits, ours

Bytes: TypeAlias = bytes | bytearray | memoryview | mmap.mmap

_DEPTH = 64
_INFLATED = 128 * 1024 * 1024
_UNDEFINED = 0xFFFFFFFF
_LONGEST = 16 * 1024 * 1024
_PIXELS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
_META = frozenset({0x00020000, 0x00020001, 0x00020002, 0x00020003, 0x00020010, 0x00020012, 0x00020013})
_WIDE = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_DEFLATED = frozenset({"1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"})
_PSEUDONYM = re.compile(r"P-[A-Z2-7]{12}")
_UID = re.compile(r"[012](\.(0|[1-9]\d*)){2,}")  # three parts at least: 1234.5 is somebody's number
_DUMMY = frozenset({b"", b"REMOVED", b"99REMOVED"})
_PATIENT_NAME, _PATIENT_ID = 0x00100010, 0x00100020
_UIDS = (0x00080018, 0x0020000D, 0x0020000E)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with an object: a code, and words that never quote a value."""

    code: str
    words: str


class _Broken(ValueError):
    """The bytes cannot be followed."""


@dataclass(slots=True)
class _State:
    data: Bytes
    explicit: bool
    little: bool
    found: list[Finding] = field(default_factory=list)
    values: dict[int, bytes] = field(default_factory=dict)
    starts: list[tuple[int, int]] = field(default_factory=list)
    pixel: tuple[int, int] | None = None
    codes: list[bytes] = field(default_factory=list)
    staying: list[int] = field(default_factory=list)
    sealed: int = 0
    private: dict[int, bool] = field(default_factory=dict)
    dated: set[int] = field(default_factory=set)
    unkeyed: set[int] = field(default_factory=set)
    allowed: frozenset[tuple[int, str]] = frozenset()
    spared: list[tuple[int, int]] = field(default_factory=list)

    def names(self, tag: int) -> None:
        """Note an attribute that may not say anything."""
        if tag in STAYING and not self.sealed:
            self.staying.append(tag)
        else:
            self.add("forbidden", "An attribute that names a person or an order", tag)

    def says(self, code: bytes) -> bool:
        """Whether the object says that it was done by this method of CID 7050."""
        return any(code in codes and b"DCM" in codes for codes in self.codes)

    def add(self, code: str, words: str, tag: int | None = None) -> None:
        """Note a finding, once."""
        place = "" if tag is None else f" at ({tag >> 16:04X},{tag & 0xFFFF:04X})"
        finding = Finding(code, words + place + ".")
        if finding not in self.found:
            self.found.append(finding)


_LE, _BE = Struct("<HHL"), Struct(">HHL")
_LE16, _BE16 = Struct("<H"), Struct(">H")
_LE32, _BE32 = Struct("<L"), Struct(">L")


def check(
    head: Bytes, *, needles: Iterable[str] = (), pseudonym_form: bool = True, keyed_uids: bool = True,
    allowed: Iterable[tuple[int, str]] = (),
) -> list[Finding]:  # fmt: skip
    """Everything wrong with a de-identified Part 10 object; empty when it may pass.

    `head` is the whole object or its bytes up to the pixel value (`Plan.head`). `needles` are what is known of the
    patient, where it may be known. `pseudonym_form`: PatientID must have the form of our pseudonyms. `keyed_uids`:
    UIDs must be keyed; without it they may stay where the object says that they were kept (113110), and UIDs among the
    needles are not looked for there. `allowed`: values, by (tag, whole text), that people let stay: in those, and
    nowhere else, what is known of the patient may stand.
    """
    try:
        return _check(head, tuple(needles), pseudonym_form, keyed_uids, frozenset(allowed))
    except _Broken as broken:
        return [Finding("structure", f"The object cannot be followed: {broken}.")]


def _check(
    head: Bytes, known: tuple[str, ...], pseudonym_form: bool, keyed_uids: bool, allowed: frozenset[tuple[int, str]]
) -> list[Finding]:
    if len(head) < 132 or bytes(head[128:132]) != b"DICM":
        raise _Broken("it is not a DICOM file")
    meta = _State(head, True, True)
    if any(bytes(head[:128])):
        meta.add("preamble", "The preamble is not empty")
    start = _meta(meta)
    syntax = meta.values.get(0x00020010, b"").rstrip(b"\0 ").decode("ascii", "replace")
    if not syntax.startswith("1.2.840.10008.1.2"):
        raise _Broken("it has no known transfer syntax")
    data: Bytes = head
    front = b""
    if syntax in _DEFLATED:
        data, front, start = _inflate(head, start), bytes(head[:start]), 0
    state = _State(data, syntax != "1.2.840.10008.1.2", syntax != "1.2.840.10008.1.2.2", meta.found)
    state.allowed = allowed
    _walk(state, start, len(data), 0, state.explicit)
    keyed = keyed_uids or not state.says(b"113110")
    _structure(state, meta.values.get(0x00020003, b""), pseudonym_form, keyed)
    if not keyed:
        known = tuple(value for value in known if not _UID.fullmatch(value))
    if known:
        _search(state, front, known)
    return state.found


def _meta(state: _State) -> int:
    pos = 132
    size = len(state.data)
    while pos + 8 <= size and bytes(state.data[pos : pos + 2]) == b"\2\0":
        tag, value, length, _ = _read(state, pos, size, True)
        if value + length > size or length > _LONGEST:
            raise _Broken("its file meta is cut short or too long")
        if tag not in _META:
            state.add("file_meta", "The file meta says more than it may", tag)
        state.values[tag] = bytes(state.data[value : value + length])
        pos = value + length
    return pos


def _inflate(head: Bytes, start: int) -> bytes:
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = machine.decompress(bytes(head[start:]), _INFLATED)
    except zlib.error as error:
        raise _Broken("its deflated data is broken") from error
    if machine.unconsumed_tail or not machine.eof:
        raise _Broken("its deflated data is cut short or too big")
    return data


def _read(state: _State, pos: int, end: int, explicit: bool) -> tuple[int, int, int, bytes]:
    """Tag, offset of the value, length and VR of the element at `pos`."""
    if pos + 8 > end:
        raise _Broken("it ends inside an element")
    group, number, length = (_LE if state.little else _BE).unpack_from(state.data, pos)
    tag = group << 16 | number
    if not explicit or group == 0xFFFE:
        return tag, pos + 8, length, b""
    vr = bytes(state.data[pos + 4 : pos + 6])
    if vr not in _WIDE:
        (length,) = (_LE16 if state.little else _BE16).unpack_from(state.data, pos + 6)
        return tag, pos + 8, length, vr
    if pos + 12 > end:
        raise _Broken("it ends inside an element")
    (length,) = (_LE32 if state.little else _BE32).unpack_from(state.data, pos + 8)
    return tag, pos + 12, length, vr


def _walk(state: _State, pos: int, end: int, depth: int, explicit: bool, until: int = 0) -> int:
    """Judge the elements in [pos, end), or up to the delimiter `until`; returns where they end."""
    if depth > _DEPTH:
        raise _Broken("sequences are nested too deep")
    level = Level()
    while pos < end:
        tag, value, length, vr = _read(state, pos, end, explicit)
        if until and tag == until:
            state.private.update(dict.fromkeys(level.idle(), False))
            return value
        if depth == 0:
            state.starts.append((pos, tag))
            if state.pixel:
                state.add("after_pixels", "Something follows the picture", tag)
            if tag in _PIXELS:
                pos = _pixels(state, value, length, end)
                state.pixel = (value, pos)
                continue
        if tag >> 16 & 1 and _private(state, level, tag, value, length, vr, end):
            pos = value + length
        else:
            pos = _element(state, tag, value, length, vr, end, depth, explicit)
    if until:
        raise _Broken("a sequence item has no end")
    state.private.update(dict.fromkeys(level.idle(), False))
    return pos


def _private(state: _State, level: Level, tag: int, value: int, length: int, vr: bytes, end: int) -> bool:
    """Judge a private element by the list. True when that is all there is to it; else it is walked like any other."""
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
        content = b"" if unseen or length > _LONGEST else bytes(state.data[value:stop])
        known = unseen or (length <= _LONGEST and admits(row, content))
        if row[3] == "shift" and length:
            state.dated.add(tag)
        if row[3] == "key" and not ours(content):
            state.unkeyed.add(tag)
    known = known and not state.sealed
    state.private[tag] = state.private.get(tag, True) and known
    return whole and known


def _element(state: _State, tag: int, value: int, length: int, vr: bytes, end: int, depth: int, explicit: bool) -> int:
    """Judge one element and return where it ends."""
    group = tag >> 16
    if not group & 1 and (group & 0xFF00 in (0x5000, 0x6000) or group < 8 or tag in _PIXELS):
        state.add("forbidden", "An element that may not be there", tag)  # in a sequence, a picture too
    if length == _UNDEFINED:
        if tag in NEVER:
            state.names(tag)
        if vr in (b"OB", b"OW"):
            return _pixels(state, value, length, end)
        return _items(state, tag, value, end, depth, _inner(state, value, vr, explicit), True)
    stop = value + length
    if stop > end:
        raise _Broken("an element is longer than the data")
    if (tag in NEVER or tag == 0x00120064) and length > _LONGEST:
        raise _Broken("an element is too long to be read")
    if (depth == 0 and group in (0x0008, 0x0010, 0x0012, 0x0020, 0x0028) and length <= 1024) or tag == 0x00280301:
        state.values[tag] = bytes(state.data[value : min(stop, value + 1024)])
    if state.allowed and length <= 1024:
        _spare(state, tag, value, stop)
    # Under implicit VR nothing says "sequence" but the item tag at its start.
    if vr == b"SQ" or (vr in (b"", b"UN") and length >= 8 and bytes(state.data[value : value + 4]) == _item(state)):
        if tag == 0x00120064:
            state.codes.append(bytes(state.data[value:stop]))
        state.sealed += tag in NEVER  # a dummy item may stand there, and nothing else
        _items(state, tag, value, stop, depth, _inner(state, value, vr, explicit), False)
        state.sealed -= tag in NEVER
    elif (tag in NEVER or state.sealed) and bytes(state.data[value:stop]).strip(b" \0") not in _DUMMY:
        state.names(tag)
    return stop


def _spare(state: _State, tag: int, value: int, stop: int) -> None:
    """Note where a value stands that people let stay: it is not searched."""
    at = value
    for part in bytes(state.data[value:stop]).split(b"\\"):
        said = part.strip(b" \0")
        if any((tag, said.decode(codec, "replace")) in state.allowed for codec in ("utf-8", "latin-1")):
            state.spared.append((at, at + len(part)))
        at += len(part) + 1


def _item(state: _State) -> bytes:
    return b"\xfe\xff\x00\xe0" if state.little else b"\xff\xfe\xe0\x00"


def _inner(state: _State, value: int, vr: bytes, explicit: bool) -> bool:
    """Whether the items of a sequence have VRs: not under UN (PS3.5 6.2.2), unless the first element shows one."""
    if vr != b"UN":
        return explicit
    return re.fullmatch(rb"[A-Z]{2}", bytes(state.data[value + 12 : value + 14])) is not None


def _items(state: _State, tag: int, pos: int, end: int, depth: int, explicit: bool, open_ended: bool) -> int:
    begin = pos
    while pos < end:
        mark, value, length, _ = _read(state, pos, end, False)
        if mark == 0xFFFEE0DD and open_ended:
            if tag == 0x00120064:
                state.codes.append(bytes(state.data[begin:pos]))
            return value
        if mark != 0xFFFEE000:
            raise _Broken("something stands where a sequence item should")
        if length == _UNDEFINED:
            pos = _walk(state, value, end, depth + 1, explicit, 0xFFFEE00D)
            continue
        if value + length > end:
            raise _Broken("a sequence item is longer than the data")
        pos = _walk(state, value, value + length, depth + 1, explicit)
    if open_ended:
        raise _Broken("a sequence has no end")
    return pos


def _pixels(state: _State, value: int, length: int, end: int) -> int:
    """The end of a pixel value, or of the head when the head stops before it."""
    if value >= end:
        return end
    if length != _UNDEFINED:
        if value + length > end:
            raise _Broken("the picture is cut short")
        return value + length
    pos = value
    while pos < end:
        mark, at, size, _ = _read(state, pos, end, False)
        if mark == 0xFFFEE0DD:
            return at
        if mark != 0xFFFEE000 or at + size > end:
            raise _Broken("a fragment of the picture is cut short")
        pos = at + size
    raise _Broken("the picture has no end")


def _structure(state: _State, meta_uid: bytes, pseudonym_form: bool, keyed: bool) -> None:
    """What must be said: identity removed, by which method, one pseudonym, keyed UIDs."""
    values = {tag: value.strip(b" \0") for tag, value in state.values.items()}
    if values.get(0x00120062) != b"YES":
        state.add("not_marked", "The object does not say that its identity was removed")
    if not state.says(b"113100"):
        state.add("no_method", "The object does not say by which method it was de-identified")
    if values.get(0x00280301) == b"YES":
        state.add("burned_in", "The object says that text is burned into its picture")
    patient = values.get(_PATIENT_ID, b"").decode("ascii", "replace")
    if pseudonym_form and not _PSEUDONYM.fullmatch(patient):
        state.add("pseudonym", "The patient id is not a pseudonym of ours", _PATIENT_ID)
    if values.get(_PATIENT_NAME, b"") not in (b"", values.get(_PATIENT_ID)):
        state.add("forbidden", "The patient name is not the pseudonym", _PATIENT_NAME)
    for tag in state.staying:
        if not state.says(STAYING[tag]):
            state.add("forbidden", "An attribute that may name an institution or a person", tag)
    _safe_private(state, values.get(0x00280303) == b"REMOVED", keyed)
    form = rb"2\.25\.[1-9]\d{0,38}" if keyed else rb"[0-9.]{1,64}"
    for tag in _UIDS:
        if not re.fullmatch(form, values.get(tag, b"")):
            state.add("uid", "A UID is not one of ours", tag)
    if meta_uid.strip(b" \0") != values.get(0x00080018):
        state.add("file_meta", "The file meta names another object", 0x00020003)


def _safe_private(state: _State, undated: bool, keyed: bool) -> None:
    """Private elements pass only where the object says so (113111), and only those of the list."""
    said = state.says(b"113111")
    for tag, known in state.private.items():
        if not (known and said) or (undated and tag in state.dated) or (keyed and tag in state.unkeyed):
            state.add("private", "An element that may not be there", tag)


def _search(state: _State, front: bytes, known: tuple[str, ...]) -> None:
    data = state.data
    stop, after = state.pixel or (len(data), len(data))
    hay = bytes(data[:stop])
    for begin, end in state.spared:
        hay = hay[:begin] + b" " * (end - begin) + hay[end:]
    public = _public(state)
    words = set(re.findall(rb"[a-z]+", public))
    # A patient called Philips is not given away by the maker's name; the whole name is, however it is joined.
    if _needles.whole_name(public, known):
        words = set()
    wanted = tuple(n for n in _needles.prepare(known) if not (n.part and n.text in words))
    for part in (hay, bytes(data[after:]), front):
        at = _needles.search(part, wanted) if part else None
        if at is not None:
            tag = None
            if part is hay and at >= 0:
                tag = next((tag for start, tag in reversed(state.starts) if start <= at), None)
            state.add("identifier", "Something known of the patient is still there", tag)


def _public(state: _State) -> bytes:
    """What is said of the maker, the model and the research study: a part of a name may be among it by chance."""
    values = [value for tag, value in state.values.items() if tag >> 16 == 0x0012 or tag in (0x00080070, 0x00081090)]
    return b"\\".join(values).lower()
