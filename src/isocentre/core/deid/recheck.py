"""The second check, both sides: is this object truly de-identified? Its own byte walker; imports nothing of the engine.

It reads what comes before the pixel value (and anything after it), in at most a millisecond for a slice.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

from isocentre.core.deid import needles as _needles
from isocentre.core.deid import recheck_known, recheck_patterns, recheck_pixels
from isocentre.core.deid.disguises import all_forms, is_uid
from isocentre.core.deid.recheck_naming import STAYING
from isocentre.core.deid.recheck_page import Page, Value, page
from isocentre.core.deid.recheck_sorts import FREE, PUBLIC, SORTS
from isocentre.core.deid.recheck_state import Broken, Bytes, Finding, State
from isocentre.core.deid.recheck_walk import read_meta, walk

__all__ = ["Finding", "check", "tells"]

_INFLATED, _CHUNK = 128 * 1024 * 1024, 1024 * 1024
_DEFLATED = frozenset({"1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"})
_NATIVE = frozenset({"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"})
_BITS, _PIXELS = 0x00280100, 0x7FE00010
_PSEUDONYM = re.compile(r"P-[A-Z2-7]{12}")
_PATIENT_NAME, _PATIENT_ID = 0x00100010, 0x00100020
_UIDS = (0x00080018, 0x0020000D, 0x0020000E)
_AS_NUMBERS = b"0123456789.+-eE*\\ \0"
"""What values of DS, IS, DA, DT, TM and UI are made of."""
_NUMBER = 16
"""Most bytes of a value of VR DS (PS3.5 6.2); IS has twelve."""
_KEYED = b"2.25."
"""Begins UIDs that are keyed: of their 39 digits some are a date or an id by chance."""


def check(
    head: Bytes, *, needles: Iterable[str] = (), pseudonym_form: bool = True, keyed_uids: bool = True,
    allowed: Iterable[tuple[int, str]] = (), picture: Iterable[bytes | memoryview] = (),
) -> list[Finding]:  # fmt: skip
    """Everything wrong with a de-identified Part 10 object; empty when it may pass.

    `head` is the whole object or its bytes up to the pixel value (`Plan.head`). `needles` are what is known of the
    patient, where it may be known. `pseudonym_form`: PatientID must have the form of our pseudonyms. `keyed_uids`:
    UIDs must be keyed; without it they may stay where the object says that they were kept (113110), and UIDs among the
    needles are not looked for there. `allowed`: values, by (tag, whole text), that people let stay: in those, and
    nowhere else, what is known of the patient or looks like somebody's may stand. `picture`: the pixel value in chunks
    (`Plan.picture`), where `head` ends before it; what is known is looked for in it where it is native.
    """
    try:
        return _check(head, tuple(needles), pseudonym_form, keyed_uids, frozenset(allowed), picture)
    except Broken as broken:
        return [Finding("structure", f"The object cannot be followed: {broken}.")]


def tells(tag: int, text: str, needles: Iterable[str] = ()) -> bool:
    """Whether one text of an attribute would be found: of several that an object has, it is the one a finding means."""
    raw, known = text.encode(), tuple(value for value in needles if not is_uid(value))
    read, wanted = page({b"ISO_IR 192": [(raw, tag, SORTS[tag])]}), _needles.prepare(known)
    known_there = recheck_known.where(read, wanted.forms) is not None
    return known_there or bool(recheck_patterns.told(read)) or _needles.coded_in({raw: tag}, wanted.raw) is not None


def _check(
    head: Bytes, known: tuple[str, ...], pseudonym_form: bool, keyed_uids: bool, allowed: frozenset[tuple[int, str]],
    picture: Iterable[bytes | memoryview],
) -> list[Finding]:  # fmt: skip
    if len(head) < 132 or bytes(head[128:132]) != b"DICM":
        raise Broken("it is not a DICOM file")
    meta = State(head, True, True)
    if any(bytes(head[:128])):
        meta.add("preamble", "The preamble is not empty")
    start = read_meta(meta)
    syntax = meta.values.get(0x00020010, b"").rstrip(b"\0 ").decode("ascii", "replace")
    if not syntax.startswith("1.2.840.10008.1.2"):
        raise Broken("it has no known transfer syntax")
    data: Bytes = head
    front = b""
    if syntax in _DEFLATED:
        data, front, start = _inflate(head, start), bytes(head[:start]), 0
    state = State(data, syntax != "1.2.840.10008.1.2", syntax != "1.2.840.10008.1.2.2", meta.found)
    state.allowed = allowed
    walk(state, start)
    keyed = keyed_uids or not state.says(b"113110")
    _structure(state, meta.values.get(0x00020003, b""), pseudonym_form, keyed)
    numbers = _numbers(state)
    read = _page(state, numbers.strange)
    named = frozenset[int]()
    if known:
        uids = tuple(value for value in known if is_uid(value))
        known = tuple(value for value in known if value not in uids)
        named = _search(state, read, numbers, front, known, uids if keyed else ())
        if syntax in _NATIVE:
            _look(state, known, picture)
    for words, tag in recheck_patterns.told(read):
        if tag not in named:
            state.add("pattern", words, tag)
    return state.found


def _inflate(head: Bytes, start: int) -> bytes:
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = machine.decompress(bytes(head[start:]), _INFLATED)
    except zlib.error as error:
        raise Broken("its deflated data is broken") from error
    if machine.unconsumed_tail or not machine.eof:
        raise Broken("its deflated data is cut short or too big")
    return data


def _structure(state: State, meta_uid: bytes, pseudonym_form: bool, keyed: bool) -> None:
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


def _safe_private(state: State, undated: bool, keyed: bool) -> None:
    """Private elements pass only where the object says so (113111), and only those of the list."""
    said = state.says(b"113111")
    for tag, known in state.private.items():
        if not (known and said) or (undated and tag in state.dated) or (keyed and tag in state.unkeyed):
            state.add("private", "An element that may not be there", tag)


class _Numbers(NamedTuple):
    """What stands where numbers, dates and UIDs should. `strange`: what is none. `odd`: that, and digits that no number
    has so many of: some may be hexadecimal. `plain`: all but keyed UIDs."""

    strange: dict[bytes, int]
    odd: dict[bytes, int]
    plain: dict[bytes, int]


def _numbers(state: State) -> _Numbers:
    """Look at each once; most objects have nothing strange, which one look at all of them says."""
    formal = state.formal
    fine = not b"".join(formal).translate(None, _AS_NUMBERS)
    strange = {} if fine else {said: tag for said, tag in formal.items() if said.translate(None, _AS_NUMBERS)}
    rare = [said for said in formal if len(said) >= _NUMBER or said[:5] == _KEYED]
    long = {said: formal[said] for said in rare if len(said) > _NUMBER or (len(said) == _NUMBER and said.isdigit())}
    plain = formal.copy()
    for said in [said for said in rare if said[:5] == _KEYED]:
        del plain[said]
    return _Numbers(strange, strange | long, plain)


def _page(state: State, strange: dict[bytes, int]) -> Page:
    """What the texts of the object say, and what stands where numbers should and is none."""
    values: dict[bytes, list[Value]] = {}
    for charset, texts in state.texts.items():
        values[charset] = [(said, tag, sort) for sort, found in texts.items() for said, tag in found.items()]
    values.setdefault(b"", []).extend((said, tag, FREE) for said, tag in strange.items())
    return page(values)


def _search(
    state: State, read: Page, numbers: _Numbers, front: bytes, known: tuple[str, ...], uids: tuple[str, ...]
) -> frozenset[int]:  # fmt: skip
    """Look for what is known: in bytes of any kind, in texts in any form, in what is coded. Returns where it is."""
    wanted = _needles.prepare(known)
    sought, other = wanted.without(re.findall(rb"[a-z]+", _public(state))), _needles.uids(uids)
    texts = {said: tag for found in state.texts.values() for each in found.values() for said, tag in each.items()}
    rest = bytes(state.data[state.pixel[1] :]) if state.pixel else b""
    tags = (
        _needles.found(state.formal | state.binary | texts | {rest: 0, front: 0}, sought, other),
        recheck_known.where(read, wanted.forms),
        _needles.coded_in(state.binary | texts | numbers.odd, sought, other),
        _needles.among_digits(numbers.plain | state.binary, sought),
    )
    named = frozenset(tag for tag in tags if tag is not None)
    for tag in sorted(named):
        state.add("identifier", "Something known of the patient is still there", tag or None)
    return named


def _look(state: State, known: tuple[str, ...], picture: Iterable[bytes | memoryview]) -> None:
    """Look for what is known among the samples of the picture."""
    if words := recheck_pixels.sought(all_forms(known)):
        begin, end = state.pixel or (0, 0)
        inside = (bytes(state.data[at : min(at + _CHUNK, end)]) for at in range(begin, end, _CHUNK))
        bits = int.from_bytes(state.values.get(_BITS, b"")[:2], "little" if state.little else "big")
        chosen = zlib.crc32(state.values.get(_UIDS[0], b"")) % recheck_pixels.SAMPLE == 0
        if recheck_pixels.says(chain(inside, picture), words, bits=bits, little=state.little, whole=chosen):
            state.add(
                "identifier", "Something known of the patient is written among the samples of its picture", _PIXELS
            )


def _public(state: State) -> bytes:
    """What is said of the maker, the model and the research study: a part of a name may be among it by chance."""
    return b"\\".join(said for texts in state.texts.values() for said in texts[PUBLIC]).lower()
