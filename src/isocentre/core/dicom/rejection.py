"""Rejection notes of IHE IOCM: Key Object Selections that say which images are no longer to be used, and why.

IHE RAD TF-3 4.66.4.1.3.1; titles from PS3.16 CID 7011. Quality: withdrawn from use. Safety and incorrect worklist
entry: never to be seen again, the latter being how a picture archive tells of a wrong patient. Expired: only deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from isocentre.core.dicom.header import Header
from isocentre.core.dicom.walk import Buffer, Element, Encoding, content_encoding, elements, items

KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.88.59"
QUALITY, SAFETY, WORKLIST, EXPIRED = "113001", "113037", "113038", "113039"
TITLES = {
    QUALITY: "rejected for quality reasons",
    SAFETY: "rejected for patient safety reasons",
    WORKLIST: "incorrect modality worklist entry",
    EXPIRED: "data retention policy expired",
}
MOST = 50_000
"""Images one note may name: more are in no scan."""
_TITLE, _EVIDENCE, _SERIES, _OBJECTS = 0x0040A043, 0x0040A375, 0x00081115, 0x00081199
_CODE, _SCHEME, _STUDY_UID, _UID = 0x00080100, 0x00080102, 0x0020000D, 0x00081155


@dataclass(frozen=True, slots=True)
class RejectionNote:
    """Its code, and (StudyInstanceUID, SOPInstanceUID) of the images it names."""

    code: str
    images: tuple[tuple[str, str], ...]


def rejection_note(header: Header, sop_class_uid: str) -> RejectionNote | None:
    """The note that the object is; None where it is none. MalformedDicom when a sequence cannot be followed."""
    if sop_class_uid != KEY_OBJECTS or _TITLE not in header:
        return None
    title = next(_children(header, _TITLE), {})
    code = _text(header.buffer, title.get(_CODE))
    if _text(header.buffer, title.get(_SCHEME)) != "DCM" or code not in TITLES:
        return None
    return RejectionNote(code, tuple(dict.fromkeys(_named(header)))[:MOST])


def _named(header: Header) -> Iterator[tuple[str, str]]:
    for scan in _children(header, _EVIDENCE):
        study = _text(header.buffer, scan.get(_STUDY_UID))
        for series in _inner(header, scan, _SERIES):
            for one in _inner(header, series, _OBJECTS):
                if study and (uid := _text(header.buffer, one.get(_UID))):
                    yield study, uid


Parts = dict[int, tuple[Element, Encoding]]


def _children(header: Header, tag: int) -> Iterator[Parts]:
    """The items of a top-level sequence, each by tag."""
    for one in elements(header.buffer, header.start, header.end, header.encoding):
        if one.tag == tag:
            yield from _items(header.buffer, one, header.encoding, 0)


def _inner(header: Header, parts: Parts, tag: int) -> Iterator[Parts]:
    if tag in parts:
        element, encoding = parts[tag]
        yield from _items(header.buffer, element, encoding, 1)


def _items(buffer: Buffer, element: Element, encoding: Encoding, depth: int) -> Iterator[Parts]:
    inside = content_encoding(buffer, element, encoding)
    for item in items(buffer, element, inside, depth=depth):
        yield {one.tag: (one, inside) for one in elements(buffer, item.value, item.stop, inside, depth=depth + 1)}


def _text(buffer: Buffer, part: tuple[Element, Encoding] | None) -> str:
    if part is None:
        return ""
    return bytes(buffer[part[0].value : part[0].stop]).decode("ascii", "replace").strip(" \0")
