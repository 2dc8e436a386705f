"""Codes of what was scanned and how it was asked for, and what a structured report refers to: read from a header.

Everything is bounded, and what cannot be followed ends the reading: an object that says nothing here is not refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache

from isocentre.core.dicom.header import Header
from isocentre.core.dicom.walk import (
    Buffer,
    Element,
    Encoding,
    MalformedDicom,
    content_encoding,
    elements,
    items,
    locate,
)
from isocentre.core.ids import is_uid

ANATOMY, PROCEDURES = 0x00082218, (0x00081032, 0x00321064)
"""Anatomic Region Sequence; Procedure Code Sequence and Requested Procedure Code Sequence."""
ACCESSION_ISSUER = 0x00080051
MOST_CODES, MOST_REFERENCES, MOST_ITEMS, DEEPEST, MOST_BYTES = 8, 32, 5_000, 4, 65_536
_VALUE, _MEANING, _LONG, _URN = 0x00080100, 0x00080104, 0x00080119, 0x00080120
_STUDY, _SOP_UID, _ACCESSION, _LOCAL, _UNIVERSAL = 0x0020000D, 0x00081155, 0x00080050, 0x00400031, 0x00400032
# What a report was made of (PS3.3 C.17.2): not its other evidence, which is often an older scan to compare with.
_REFERENCED_STUDY, _REQUEST, _EVIDENCE = 0x00081110, 0x0040A370, 0x0040A375
_CONTENT, _CONCEPT, _UID = 0x0040A730, 0x0040A043, 0x0040A124
_STUDY_CODE, _EVENT_CODE = "110180", "113769"  # DCM: Study Instance UID, Irradiation Event UID (PS3.16 TID 10013)
_SEQUENCES = (b"", b"SQ", b"UN")

Parts = dict[int, tuple[Element, Encoding]]


@dataclass(slots=True)
class References:
    """StudyInstanceUIDs, accession numbers and irradiation events that a report says it is of."""

    studies: list[str] = field(default_factory=list)
    accessions: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    items: int = 0


def codes(header: Header, tag: int) -> tuple[tuple[str, str], ...]:
    """(code value, meaning) of the first items of a sequence; empty where there are none."""
    span = header.elements.get(tag)
    if span is None or span.vr not in _SEQUENCES or span.length > MOST_BYTES:
        return ()
    return _codes(bytes(header.buffer[span.offset : span.offset + span.length]), span.vr, header.encoding)


@lru_cache(maxsize=512)  # the images of a scan say the same
def _codes(raw: bytes, vr: bytes, encoding: Encoding) -> tuple[tuple[str, str], ...]:
    found = list[tuple[str, str]]()
    with suppress(MalformedDicom):
        for parts in _inside(raw, (Element(0, vr, 0, 0, len(raw), len(raw), False), encoding), 0):
            if len(found) == MOST_CODES:
                break
            value = next(filter(None, (_text(raw, parts.get(one)) for one in (_VALUE, _LONG, _URN))), "")
            found.append((value, _text(raw, parts.get(_MEANING))))
    return tuple(one for one in found if any(one))


def issuer(header: Header) -> str:
    """Who gave the accession number (PS3.3 10.14): the local name, else the universal one; empty where none is said."""
    with suppress(MalformedDicom):
        for parts in _top(header, ACCESSION_ISSUER):
            return _text(header.buffer, parts.get(_LOCAL)) or _text(header.buffer, parts.get(_UNIVERSAL))
    return ""


def references(header: Header) -> References:
    """What a structured report refers to, each once, in its order; of a broken one what came before the break."""
    found = References()
    with suppress(MalformedDicom):
        for tag, uid in ((_REFERENCED_STUDY, _SOP_UID), (_REQUEST, _STUDY), (_EVIDENCE, _STUDY)):
            for parts in _top(header, tag):
                _add(found.studies, _text(header.buffer, parts.get(uid)), uid=True)
                _add(found.accessions, _text(header.buffer, parts.get(_ACCESSION)))
        for parts in _top(header, _CONTENT):
            _content(header.buffer, parts, found, 1)
    return found


def _content(buffer: Buffer, parts: Parts, found: References, depth: int) -> None:
    found.items += 1
    if found.items > MOST_ITEMS:
        raise MalformedDicom("structured report", "it has more content than is read")
    if _UID in parts and _CONCEPT in parts:
        concept = next(_inside(buffer, parts[_CONCEPT], depth), {})
        wanted = {_STUDY_CODE: found.studies, _EVENT_CODE: found.events}.get(_text(buffer, concept.get(_VALUE)))
        if wanted is not None:
            _add(wanted, _text(buffer, parts[_UID]), uid=True)
    if _CONTENT in parts and depth < DEEPEST:
        for inner in _inside(buffer, parts[_CONTENT], depth):
            _content(buffer, inner, found, depth + 1)


def _add(known: list[str], value: str, *, uid: bool = False) -> None:
    fits = is_uid(value) if uid else bool(value) and value.isprintable() and len(value) <= 16
    if fits and value not in known and len(known) < MOST_REFERENCES:
        known.append(value)


def _top(header: Header, tag: int) -> Iterator[Parts]:
    """The items of a top-level sequence, each by tag."""
    span = header.elements.get(tag)
    if span is not None and span.vr in _SEQUENCES:
        before = 12 if span.vr else 8  # PS3.5 7.1.2: an explicit SQ or UN has two reserved bytes and four of length
        one = locate(header.buffer, span.offset - before, header.end, header.encoding)
        yield from _inside(header.buffer, (one, header.encoding), 0)


def _inside(buffer: Buffer, part: tuple[Element, Encoding], depth: int) -> Iterator[Parts]:
    element, encoding = part
    if element.vr not in _SEQUENCES:
        return
    inside = content_encoding(buffer, element, encoding)
    for item in items(buffer, element, inside, depth=depth):
        yield {one.tag: (one, inside) for one in elements(buffer, item.value, item.stop, inside, depth=depth + 1)}


def _text(buffer: Buffer, part: tuple[Element, Encoding] | None) -> str:
    if part is None or part[0].stop - part[0].value > 1024:
        return ""
    return bytes(buffer[part[0].value : part[0].stop]).decode("utf-8", "replace").strip(" \0")
