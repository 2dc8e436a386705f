"""The elements the new object always says for itself: pseudonym, group 0012, dates and faces (PS3.15 E.1.1)."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from functools import lru_cache
from struct import pack

from isocentre.core.deid.plan import SubjectContext
from isocentre.core.deid.profile import NAMES, SCANNER_TAG, Dates, Profile
from isocentre.core.deid.walking import Inserts
from isocentre.core.deid.write import code_sequence, element
from isocentre.core.dicom.walk import Encoding

FACES = 0x00280302
_MODIFIED: dict[Dates, bytes] = {"full": b"UNMODIFIED", "shifted": b"MODIFIED", "removed": b"REMOVED"}


def _text(value: str, limit: int = 64) -> bytes:
    """ASCII under every character set: accents fall away, and no separator of values can be smuggled in."""
    plain = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").replace(b"\\", b"/")
    return bytes(c for c in plain if 32 <= c < 127).strip()[:limit]


def inserts(profile: Profile, context: SubjectContext, encoding: Encoding) -> Inserts:
    """Elements to put into the data set, ascending, each (tag, bytes); `FACES` is for the caller to leave out again.

    The very same for all objects of which the same is said, whatever is known of each.
    """
    return _inserts(profile, replace(context, known=()), encoding)


@lru_cache(maxsize=256)
def _inserts(profile: Profile, context: SubjectContext, encoding: Encoding) -> Inserts:
    rows = [
        (0x00100010, b"PN", _text(context.pseudonym)),
        (0x00100020, b"LO", _text(context.pseudonym)),
        (0x00120010, b"LO", _text(context.sponsor) or b"Not stated"),
        (0x00120020, b"LO", _text(context.protocol_id) or b"Not stated"),
        (0x00120021, b"LO", _text(context.protocol_name)),
        (0x00120030, b"LO", _text(context.site_id)),
        (0x00120031, b"LO", _text(context.site_name)),
        (0x00120040, b"LO", _text(context.subject_id) or _text(context.pseudonym)),
        (0x00120050, b"LO", _text(context.time_point_id)),
    ]
    if context.time_point_description:
        rows.append((0x00120051, b"ST", _text(context.time_point_description, 1024)))
    if profile.names_scanner:
        # A dummy where nobody has given the scanner an id: the serial number goes either way.
        rows.append((SCANNER_TAG, b"LO", _text(context.scanner) or b"REMOVED"))
    if context.study_day is not None:
        day = pack("<d" if encoding.little else ">d", context.study_day)
        # Day 0 of a research study is its baseline (PS3.3 C.7.2.3.1.2 defines BASELINE and ENROLLMENT).
        rows += [(0x00120052, b"FD", day), (0x00120053, b"CS", b"BASELINE")]
    rows += [(0x00120062, b"CS", b"YES"), (0x00120063, b"LO", _text(profile.method))]
    out = [(tag, element(tag, vr, value, encoding)) for tag, vr, value in sorted(rows)]
    codes = [(str(code), "DCM", NAMES[code]) for code in profile.options]
    out.append((0x00120064, code_sequence(0x00120064, codes, encoding)))
    out.append((FACES, element(FACES, b"CS", b"YES", encoding)))
    out.append((0x00280303, element(0x00280303, b"CS", _MODIFIED[profile.dates], encoding)))
    return tuple(sorted(out))
