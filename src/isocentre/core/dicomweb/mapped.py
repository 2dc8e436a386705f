"""The map of a Selection: other UIDs, dates and labels in every answer, and back again in what is stored through it.

UIDs of ours are 2.25 and 128 bits (PS3.5 B.2), so a block cipher under the Selection's own key maps one to another,
each to each, without a table: what is unknown to us (a frame of reference, an object made from ours) maps as well and
comes back. Dates move by days, per subject. A label stands for the pseudonym, and for the subject's id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from isocentre.core.deid.write import element, head, item_head
from isocentre.core.dicom.walk import Buffer, Element, Encoding, elements, items
from isocentre.core.dicomweb.json_model import vr_of

OURS = "2.25."
KEY_BYTES = 16
LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
MOST_DAYS = 520 * 7
_PATIENT_NAME, _PATIENT_ID, _SUBJECT_ID = 0x00100010, 0x00100020, 0x00120040
_TEXTS = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UT"})
_SIGNATURES = 0xFFFAFFFA
_DAY = re.compile(r"\d{8}")


class UidMap:
    """UIDs of ours to those of a Selection and back, one to one; every other UID stays as it is."""

    def __init__(self, key: bytes) -> None:
        self._cipher = Cipher(AES(key), ECB())  # noqa: S305 - one block each: a permutation is what is wanted

    def there(self, uid: str) -> str:
        """The UID a Selection shows."""
        return self._turned(uid, self._cipher.encryptor().update)

    def back(self, uid: str) -> str:
        """The UID held, of one that a Selection shows."""
        return self._turned(uid, self._cipher.decryptor().update)

    @staticmethod
    def _turned(uid: str, block: Callable[[bytes], bytes]) -> str:
        digits = uid.removeprefix(OURS)
        if digits == uid or not digits.isascii() or not digits.isdigit() or int(digits) >> 128:
            return uid
        return f"{OURS}{int.from_bytes(block(int(digits).to_bytes(16, 'big')), 'big')}"


def moved(text: str, days: int) -> str:
    """A date, or the date at the start of a date and time, `days` later; empty where it names no day that can be."""
    found = _DAY.match(text)
    if not days or not text:
        return text
    if found is None:
        return ""
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:8])) + timedelta(days)
    except (ValueError, OverflowError):
        return ""
    return f"{day.year:04d}{day.month:02d}{day.day:02d}{text[8:]}"


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject of a Selection: as held, and as shown. An empty label shows the subject as held."""

    pseudonym: str
    subject_id: str
    label: str = ""
    days: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of the values of one object: UIDs by a function, days, texts by tag and by what they say."""

    uid: Callable[[str], str]
    days: int
    tags: Mapping[int, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


def outward(uids: UidMap, of: Subject) -> Change:
    """The change of an object that leaves through a Selection."""
    if not of.label:
        return Change(uids.there, of.days)
    texts = {held: of.label for held in (of.pseudonym, of.subject_id) if held}
    return Change(uids.there, of.days, dict.fromkeys((_PATIENT_NAME, _PATIENT_ID, _SUBJECT_ID), of.label), texts)


def inward(uids: UidMap, of: Subject) -> Change:
    """The change of an object that comes in through it: the other way round."""
    if not of.label:
        return Change(uids.back, -of.days)
    tags = {_PATIENT_NAME: of.pseudonym, _PATIENT_ID: of.pseudonym, _SUBJECT_ID: of.subject_id}
    return Change(uids.back, -of.days, tags, {of.label: of.pseudonym})


def rewritten(buffer: Buffer, start: int, end: int, encoding: Encoding, change: Change, *, depth: int = 0) -> bytes:
    """The data set lying in `buffer[start:end]`, changed at every depth; sequences get defined lengths.

    Left out is what cannot be changed because it cannot be read (unknown values, which may hold UIDs), and what the
    change makes untrue: group lengths and digital signatures. MalformedDicom as `walk.elements`.
    """
    return b"".join(
        _one(buffer, one, encoding, change, depth) for one in elements(buffer, start, end, encoding, depth=depth)
    )


def _one(buffer: Buffer, one: Element, encoding: Encoding, change: Change, depth: int) -> bytes:
    vr = vr_of(one)
    if one.vr == b"UN" or vr == "UN" or one.tag == _SIGNATURES or not one.tag & 0xFFFF:
        return b""
    if vr == "SQ":
        inner = [
            rewritten(buffer, item.value, item.stop, encoding, change, depth=depth + 1)
            for item in items(buffer, one, encoding, depth=depth)
        ]
        body = b"".join(item_head(len(each), encoding) + each for each in inner)
        return head(one.tag, b"SQ", len(body), encoding) + body
    if vr not in ("UI", "DA", "DT") and vr not in _TEXTS and one.tag not in change.tags:
        return bytes(buffer[one.start : one.end])
    raw = bytes(buffer[one.value : one.stop])
    value = _value(vr, one.tag, raw, change)
    return bytes(buffer[one.start : one.end]) if value == raw else element(one.tag, vr.encode(), value, encoding)


def _value(vr: str, tag: int, raw: bytes, change: Change) -> bytes:
    if vr == "UI":
        return b"\\".join(change.uid(_said(part)).encode("ascii", "replace") for part in raw.split(b"\\"))
    if vr in ("DA", "DT"):
        return b"\\".join(moved(_said(part), change.days).encode("ascii", "replace") for part in raw.split(b"\\"))
    if tag in change.tags:
        return change.tags[tag].encode()
    parts = raw.split(b"\\")
    return b"\\".join(change.texts[said].encode() if (said := _said(part)) in change.texts else part for part in parts)


def _said(part: bytes) -> str:
    return part.decode("ascii", "replace").strip(" \0")
