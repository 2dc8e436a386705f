"""What is admitted (design §3 step 4): header facts of an arriving object, and the independent second check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from isocentre.core.deid import recheck
from isocentre.core.dicom.header import Header, read_header
from isocentre.core.dicom.walk import Buffer, MalformedDicom
from isocentre.core.ids import is_uid

CANNOT_UNDERSTAND, NOT_ALLOWED, DIFFERS, REFUSED = 0xC000, 0x0124, 0xA900, 0xA700


class Refused(Exception):
    """The object is not admitted: a DICOM failure reason (PS3.7 C) and words without any value."""

    def __init__(self, reason: int, words: str) -> None:
        super().__init__(words)
        self.reason, self.words = reason, words


@dataclass(frozen=True, slots=True)
class Object:
    """One admitted object, its bytes stored under `blob`."""

    blob: str
    sha256: str
    size: int
    revision: int
    study: dict[str, Any]
    series: dict[str, Any]
    instance: dict[str, Any]


def look(buffer: Buffer) -> Header:
    """The header of an arriving object; Refused when it cannot be read."""
    try:
        return read_header(buffer)
    except MalformedDicom as error:
        raise Refused(CANNOT_UNDERSTAND, f"The object cannot be read ({error.phase}).") from None


def check(buffer: Buffer, header: Header) -> None:
    """Refused unless the object is de-identified: no identifier, method codes, pseudonym form."""
    end = header.pixel_offset if header.pixel_offset is not None and not header.deflated else len(buffer)
    findings = recheck.check(memoryview(buffer)[:end])
    if findings:
        raise Refused(DIFFERS, f"The second check found: {findings[0].words}")


def admit(
    buffer: Buffer, header: Header, *, sha256: str, size: int, revision: int, allows: Callable[[str, str], bool]
) -> Object:
    """Facts of an object that passes; Refused when UIDs, research study or site are missing or out of scope."""
    text = header.text
    for tag in (0x0020000D, 0x0020000E, 0x00080018, 0x00080016):
        if not is_uid(text(tag)):
            raise Refused(CANNOT_UNDERSTAND, "A UID is missing or malformed.")
    research_study, site = text(0x00120020), text(0x00120030)
    if not research_study or not allows(research_study, site):
        raise Refused(NOT_ALLOWED, "This sender may not store objects of that research study and site.")
    check(buffer, header)
    return Object(
        blob=f"{sha256}.dcm",
        sha256=sha256,
        size=size,
        revision=revision,
        study={
            "study_uid": text(0x0020000D),
            "research_study": research_study,
            "site": site,
            "pseudonym": text(0x00100020)[:64],
            "subject_id": text(0x00120040)[:64],
            "time_point": text(0x00120050)[:64],
            "study_day": _day(header),
            "study_date": text(0x00080020)[:8],
            "study_time": text(0x00080030)[:16],
            "description": text(0x00081030)[:64],
            "study_id": text(0x00200010)[:16],
            "accession": text(0x00080050)[:16],
            "sex": text(0x00100040)[:16],
        },
        series={
            "series_uid": text(0x0020000E),
            "modality": text(0x00080060)[:16],
            "number": text(0x00200011)[:12],
            "description": text(0x0008103E)[:64],
            "body_part": text(0x00180015)[:16],
        },
        instance={
            "object_uid": text(0x00080018),
            "sop_class_uid": text(0x00080016),
            "transfer_syntax": header.transfer_syntax,
            "number": _whole(text(0x00200013)),
            "rows": _short(header, 0x00280010),
            "columns": _short(header, 0x00280011),
            "frames": _whole(text(0x00280008)) or 1,
            "bits_allocated": _short(header, 0x00280100),
            "samples": _short(header, 0x00280002) or 1,
            "pixel_offset": None if header.deflated else header.pixel_offset,
            "pixel_length": header.pixel_length,
        },
    )


def _whole(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _short(header: Header, tag: int) -> int:
    order = "big" if header.transfer_syntax == "1.2.840.10008.1.2.2" else "little"
    return int.from_bytes(header.bytes(tag)[:2], order)  # type: ignore[arg-type]  # one of the two words


def _day(header: Header) -> int | None:
    return _whole(header.text(0x00120052)) if 0x00120052 in header else None
