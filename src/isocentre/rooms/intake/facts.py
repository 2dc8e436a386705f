"""What intake reads from the header of an arriving object: a frozen record, by name."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from isocentre.core.dicom import linked
from isocentre.core.dicom.header import Header
from isocentre.core.ids import is_uid
from isocentre.core.routing import ScanFacts, is_phantom

_TEXTS = {
    "patient_id": 0x00100020, "issuer": 0x00100021, "patient_name": 0x00100010, "birth_date": 0x00100030,
    "accession": 0x00080050, "study_uid": 0x0020000D, "series_uid": 0x0020000E, "modality": 0x00080060,
    "body_part": 0x00180015, "study_description": 0x00081030, "series_description": 0x0008103E,
    "protocol_name": 0x00181030, "manufacturer": 0x00080070, "model": 0x00081090, "serial": 0x00181000,
    "station_name": 0x00081010, "series_number": 0x00200011, "instance_number": 0x00200013,
    "image_type": 0x00080008, "sop_instance_uid": 0x00080018, "sop_class_uid": 0x00080016,
}  # fmt: skip
# Kept where the header has them: most do not.
_MORE = {"requested": 0x00321060, "performed": 0x00400254, "irradiation_event": 0x00083010}
_SAYS_MORE = frozenset({*_MORE.values(), linked.ANATOMY, *linked.PROCEDURES, linked.ACCESSION_ISSUER})
SEVERAL = "\\"
"""Between values of a fact that has several, as DICOM writes them."""
_UIDS = (
    ("study", "study_uid", "Study Instance UID (0020,000D)"),
    ("series", "series_uid", "Series Instance UID (0020,000E)"),
    ("instance", "sop_instance_uid", "SOP Instance UID (0008,0018)"),
    ("class", "sop_class_uid", "SOP Class UID (0008,0016)"),
)
_LIMITS = {"accession": 16, "patient_id": 64, "issuer": 64}
_DATES = (0x00080022, 0x00080023, 0x00080021, 0x00080020, 0x0008002A)
FIRST_YEAR = 1895
"""Of an X-ray: an earlier date, like the 1 January 1 some systems write, stands for none."""


class BadHeader(ValueError):
    """The header lacks what every object must have: `cause`, a key of `refusals.CAUSES`; `words`, never the value."""

    def __init__(self, cause: str, words: str) -> None:
        super().__init__(words)
        self.cause = cause
        self.words = words


@dataclass(frozen=True, slots=True)
class Facts:
    """Text facts by name (see `_TEXTS`), and the acquisition date (None when absent or impossible)."""

    texts: dict[str, str]
    acquired: date | None

    def __getattr__(self, name: str) -> str:
        """The text named, empty when absent."""
        try:
            return self.texts[name]
        except KeyError:
            raise AttributeError(name) from None

    def kept(self) -> dict[str, Any]:
        """As stored with the arrival."""
        return {**self.texts, "acquired": self.acquired.isoformat() if self.acquired else ""}


def read(header: Header, *, sop_instance_uid: str, sop_class_uid: str) -> Facts:
    """Facts of one object; BadHeader when UIDs are missing, malformed or differ from what the sender named."""
    texts = {name: _clean(header.text(tag))[: _LIMITS.get(name, 200)] for name, tag in _TEXTS.items()}
    for key, name, words in _UIDS:
        # As it lies, not cleaned or cut: two scans must not become one.
        uid = header.text(_TEXTS[name])
        if not uid:
            raise BadHeader(f"no_{key}_uid", f"{words} is missing or empty")
        if not is_uid(uid):
            raise BadHeader(f"bad_{key}_uid", f"{words} is not a UID")
    if texts["sop_instance_uid"] != sop_instance_uid or texts["sop_class_uid"] != sop_class_uid:
        raise BadHeader("uid_differs", "The SOP Class or Instance UID is another than announced")
    return Facts(texts | _more(header, texts["modality"]), _acquired(header))


def _more(header: Header, modality: str) -> dict[str, str]:
    """What it is of and was asked for as, by codes and words; whose accession number; what a report refers to."""
    if modality != "SR" and _SAYS_MORE.isdisjoint(header.elements):
        return {}
    found = {name: _clean(header.text(tag))[:200] for name, tag in _MORE.items() if tag in header}
    found["body_codes"] = _joined(value for value, _ in linked.codes(header, linked.ANATOMY))
    asked = [one for tag in linked.PROCEDURES for one in linked.codes(header, tag)]
    found["procedure_codes"] = _joined(value for value, _ in asked)
    found["procedure_meanings"] = _joined(meaning for _, meaning in asked)
    found["accession_issuer"] = _clean(linked.issuer(header))[:64]
    if modality == "SR":
        refers = linked.references(header)
        found |= {"refers_studies": _joined(refers.studies), "refers_accessions": _joined(refers.accessions),
                  "refers_events": _joined(refers.events)}  # fmt: skip
    return {name: value for name, value in found.items() if value}


def _joined(values: Iterable[str]) -> str:
    return SEVERAL.join(filter(None, (_clean(value).replace(SEVERAL, " ")[:64] for value in values)))


def several(facts: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The values of a fact that may have several."""
    return tuple(filter(None, str(facts.get(name, "")).split(SEVERAL)))


def for_routing(
    facts: Mapping[str, Any], *, called_ae: str = "", research_study: str = "", listed_for: frozenset[str] = frozenset()
) -> ScanFacts:
    """An image's facts, as kept with its arrival, as routing reads them."""
    study = ("study_description", "requested", "performed", "procedure_meanings")
    return ScanFacts(
        called_ae, facts["modality"], facts["body_part"], day(facts["acquired"]), research_study,
        several(facts, "image_type"), is_phantom(facts), facts.get("patient_name", ""), facts.get("birth_date", ""),
        several(facts, "body_codes"), several(facts, "procedure_codes"),
        " ".join(str(facts.get(name, "")) for name in study),
        str(facts.get("protocol_name", "")), listed_for,
    )  # fmt: skip


def day(text: str) -> date | None:
    """A day as it is kept; None where the header named none."""
    return date.fromisoformat(text) if text else None


def _clean(text: str) -> str:
    # NUL and control characters cannot be stored on PostgreSQL and mean nothing here.
    return (text if text.isprintable() else "".join(c for c in text if c.isprintable())).strip()


def _acquired(header: Header) -> date | None:
    for tag in _DATES:
        digits = header.text(tag)[:10].replace(".", "").replace("-", "")[:8]
        with contextlib.suppress(ValueError):
            day = datetime.strptime(digits, "%Y%m%d").date()  # noqa: DTZ007 - DICOM DA has no zone
            if day.year >= FIRST_YEAR:
                return day
    return None
