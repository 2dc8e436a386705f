"""What the archive's index keeps of one object, read from its header, and whether it may be let in (design §3.4)."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from isocentre.core.deid.identity import PSEUDONYM_FORM
from isocentre.core.dicom.header import MAX_HEAD, Header
from isocentre.core.dicom.walk import Buffer
from isocentre.core.ids import ObjectUid, Pseudonym, is_uid

SecondCheck = Callable[[Buffer], Sequence[object]]
"""Independent search of a whole Part 10 object for identifiers: a finding each, none when clean (never quoted on)."""

# Failure reasons of a STOW answer (PS3.18 table I.2-2 and PS3.4 table B.2-1; Axxx and Cxxx leave the low digits to us).
REFUSED = 0xA900
NOT_DEIDENTIFIED = 0xA910
IDENTIFIER_FOUND = 0xA911
OUT_OF_SCOPE = 0xA912
TOMBSTONED = 0xA913
CONFLICT = 0xA914
NO_AGREEMENT = 0xA915
CANNOT_UNDERSTAND = 0xC000
PROCESSING_FAILED = 0x0110

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?", re.IGNORECASE)
_SITE = re.compile(r"[A-Z0-9]{1,12}")


class NotAdmitted(Exception):
    """An object the archive does not take: `failure` for the STOW answer, `reason` in words without any value."""

    def __init__(self, failure: int, reason: str) -> None:
        super().__init__(reason)
        self.failure = failure
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Facts:
    """Index columns of one object. Dates and times are those of the (shifted) header, never of a clock of ours."""

    object_uid: ObjectUid
    sop_class: str
    transfer_syntax: str
    study_uid: str
    series_uid: str
    research_study: str
    site: str
    pseudonym: Pseudonym
    subject_id: str
    time_point: str
    study_day: float | None
    study: dict[str, str]
    series: dict[str, str]
    number: int | None
    rows: int | None
    columns: int | None
    frames: int
    bits: int | None
    dataset_offset: int
    pixel_offset: int | None
    pixel_length: int | None


def _text(header: Header, tag: int, most: int = 64) -> str:
    return header.text(tag)[:most].replace("\0", "")


def _integer(header: Header, tag: int) -> int | None:
    text = header.text(tag).split("\\")[0].strip()
    return int(text) if re.fullmatch(r"[+-]?\d{1,9}", text) else None


def _short(header: Header, tag: int) -> int | None:
    raw = header.bytes(tag)
    return int.from_bytes(raw[:2], "little" if header.encoding.little else "big") if len(raw) >= 2 else None


def _double(header: Header, tag: int) -> float | None:
    raw = header.bytes(tag)
    if len(raw) != 8:
        return None
    value: float = struct.unpack("<d" if header.encoding.little else ">d", raw)[0]
    return value if abs(value) < 1e6 else None


_STUDY_TEXTS = {
    "study_date": 0x00080020,
    "study_time": 0x00080030,
    "description": 0x00081030,
    "sex": 0x00100040,
    "age": 0x00101010,
    "study_id": 0x00200010,
}
_SERIES_TEXTS = {
    "series_date": 0x00080021,
    "series_time": 0x00080031,
    "modality": 0x00080060,
    "manufacturer": 0x00080070,
    "description": 0x0008103E,
    "model": 0x00081090,
    "body_part": 0x00180015,
    "protocol": 0x00181030,
    "laterality": 0x00200060,
    "performed_date": 0x00400244,
    "performed_time": 0x00400245,
}


def facts_of(header: Header) -> Facts:
    """Read the index columns; NotAdmitted when a UID is missing or not valid, or the object names no research study."""
    uids = [_text(header, tag, 65) for tag in (0x00080018, 0x00080016, 0x0020000D, 0x0020000E)]
    if not all(is_uid(uid) for uid in uids):
        raise NotAdmitted(CANNOT_UNDERSTAND, "a UID of the object, its class, scan or series is missing or not valid")
    object_uid, sop_class, study_uid, series_uid = uids
    research_study, site = _text(header, 0x00120020), _text(header, 0x00120030)
    if not _SLUG.fullmatch(research_study) or not _SITE.fullmatch(site):
        raise NotAdmitted(NOT_DEIDENTIFIED, "the object does not name its research study and site (group 0012)")
    # The pixel value's place holds for the stored file only where the data set is stored as it is read.
    in_file = not header.deflated
    return Facts(
        object_uid=ObjectUid(object_uid),
        sop_class=sop_class,
        transfer_syntax=header.transfer_syntax,
        study_uid=study_uid,
        series_uid=series_uid,
        research_study=research_study,
        site=site,
        pseudonym=Pseudonym(_text(header, 0x00100020)),
        subject_id=_text(header, 0x00120040),
        time_point=_text(header, 0x00120050),
        study_day=_double(header, 0x00120052),
        study={column: _text(header, tag) for column, tag in _STUDY_TEXTS.items()},
        series={column: _text(header, tag) for column, tag in _SERIES_TEXTS.items()}
        | {"number": str(_integer(header, 0x00200011) if 0x00200011 in header else "")},
        number=_integer(header, 0x00200013),
        rows=_short(header, 0x00280010),
        columns=_short(header, 0x00280011),
        frames=max(_integer(header, 0x00280008) or 1, 1),
        bits=_short(header, 0x00280100),
        dataset_offset=header.dataset_offset,
        pixel_offset=header.pixel_offset if in_file else None,
        pixel_length=header.pixel_length if in_file else None,
    )


def admit(whole: Buffer, header: Header, second_check: SecondCheck) -> Facts:
    """Facts of the Part 10 object `whole` that may be let in, else NotAdmitted.

    It must say that identity was removed and by which methods (PS3.15 E.1, (0012,0062) and (0012,0064)), carry a
    pseudonym of our form as PatientID, and the independent second check must find no identifier.
    """
    facts = facts_of(header)
    if not header.deflated and (header.end if header.pixel_offset is None else header.pixel_offset) > MAX_HEAD:
        raise NotAdmitted(CANNOT_UNDERSTAND, f"what lies outside the picture is over {MAX_HEAD >> 20} MB")
    if header.text(0x00120062) != "YES" or not header.bytes(0x00120064):
        raise NotAdmitted(NOT_DEIDENTIFIED, "the object does not say by which methods identity was removed (0012,0064)")
    if not PSEUDONYM_FORM.fullmatch(facts.pseudonym):
        raise NotAdmitted(NOT_DEIDENTIFIED, "PatientID is not a pseudonym of the form this side takes")
    found = second_check(whole)
    if found:
        raise NotAdmitted(
            IDENTIFIER_FOUND, f"the second check found what may identify a person, in {len(found)} places"
        )
    return facts
