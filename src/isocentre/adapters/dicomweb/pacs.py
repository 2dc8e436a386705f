"""A hospital's PACS by DICOMweb: QIDO-RS (PS3.18 10.6) asks, WADO-RS (10.4) fetches, as a client that trusts nothing.

A server that the configuration names, and no other: an answer that points elsewhere is not followed. Answers are read
with limits, objects as a stream into quarantine.
"""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from isocentre.adapters.dicomweb.named import WebServer
from isocentre.core.dicomweb.errors import DicomwebError
from isocentre.core.dicomweb.media import DICOM
from isocentre.core.dicomweb.multipart import Part, boundary_of, parts
from isocentre.core.ports import MOST_ANSWERS, MOST_IMAGES, Moved, PacsAway, TakesIn
from isocentre.core.pull.lines import Asked
from isocentre.core.pull.match import StudyFound
from isocentre.core.pull.series import SeriesFound

_MOST: Final = 64 * 1024 * 1024
"""Bytes of one answer to a question that are read."""
_PAGE: Final = 1_000
_BROKE_OFF = "The PACS broke off while it was sending. It is asked again for what is missing"
_STRANGE = "The PACS did not answer as DICOMweb asks. Ask those who look after it; it is tried again"
_MULTIPART = f'multipart/related; type="{DICOM}"; transfer-syntax=*'
_NOT_THERE: Final = 404
_REFUSED = {
    401: "The PACS does not know who we are: renew the token or password in dicomweb.json",
    403: "The PACS does not let us in: ask those who look after it to let us search and retrieve",
    404: "The PACS has nothing at this address: compare the url in dicomweb.json with it",
}
_STUDY = {
    "00080050": "accession", "00100020": "patient_id", "00100010": "patient_name", "00080030": "time",
    "00081030": "description", "00080056": "availability",
}  # fmt: skip
_STUDY_UID, _DAY, _MODALITIES, _OF_SERIES, _OF_IMAGES = "0020000D", "00080020", "00080061", "00201206", "00201208"
_SERIES = {"0020000E": "series_uid", "00080060": "modality", "00180015": "body_part", "0008103E": "description"}
_NUMBER, _IMAGES, _IMAGE = "00200011", "00201209", "00080018"
Found = Mapping[str, Any]
"""One match, as DICOM JSON has it (PS3.18 annex F)."""


@dataclass(frozen=True, slots=True)
class WebPacs:
    """Implements `core.ports.Pacs`. `timeout` in seconds, of connecting and of an answer; `patience`: how long one that
    fetches from tape may say nothing."""

    server: WebServer
    taking: TakesIn
    timeout: float = 30.0
    patience: float = 600.0

    def echo(self) -> None:
        """One question: DICOMweb has no echo."""
        self._asked("studies", {"limit": "1"})

    def scans(self, asked: Asked) -> list[StudyFound]:
        """QIDO-RS for studies."""
        more = ("00081030", "00080056", _OF_SERIES, _OF_IMAGES, _MODALITIES)
        keys = {**_keys(asked), "includefield": more, "limit": str(MOST_ANSWERS)}
        return [_study(one) for one in self._asked("studies", keys)[:MOST_ANSWERS]]

    def series(self, study_uid: str) -> list[SeriesFound]:
        """QIDO-RS for the series of one study."""
        keys = {"includefield": ("00180015", "0008103E", _IMAGES), "limit": str(MOST_ANSWERS)}
        return [_one_series(one) for one in self._asked(f"studies/{_quoted(study_uid)}/series", keys)]

    def images(self, study_uid: str, series_uid: str) -> list[str]:
        """QIDO-RS for the instances of one series, page by page: many servers tell so many at once."""
        path, found = f"studies/{_quoted(study_uid)}/series/{_quoted(series_uid)}/instances", set[str]()
        while len(found) < MOST_IMAGES:
            page = self._asked(path, {"limit": str(_PAGE), "offset": str(len(found))})
            new = {uid for one in page if (uid := _text(one, _IMAGE))} - found
            found |= new
            if not new or len(page) < _PAGE:
                break
        return sorted(found)[:MOST_IMAGES]

    def fetch(self, study_uid: str, series_uid: str, images: Sequence[str] = ()) -> Moved:
        """WADO-RS of one series, or of some of its images one by one."""
        path = f"studies/{_quoted(study_uid)}/series/{_quoted(series_uid)}"
        paths = [f"{path}/instances/{_quoted(one)}" for one in images] or [path]
        sent = failed = 0
        for one in paths:
            came, refused = self._retrieved(one)
            sent, failed = sent + came, failed + refused
        words = f"{failed} images were not handed over, or could not be kept here" if failed else ""
        return Moved(sent, failed, words)

    def _retrieved(self, path: str) -> tuple[int, int]:
        """(kept, not kept or not there) of one retrieve."""
        came = refused = 0
        with self._request(path, _MULTIPART, self.patience) as answer:
            if answer.status == _NOT_THERE:
                return 0, 1
            _good(answer)
            try:
                boundary = boundary_of(answer.headers.get("Content-Type", ""), DICOM)
                for part in parts(answer.read, boundary):
                    kept = self._kept(part)
                    came, refused = came + kept, refused + (not kept)
            except DicomwebError:
                raise PacsAway(_BROKE_OFF if came else _STRANGE) from None
        return came, refused

    def _kept(self, part: Part) -> bool:
        path = self.taking.temporary()
        try:
            with path.open("wb") as file:
                for chunk in part.chunks():
                    file.write(chunk)
            return not self.taking.take(path)
        finally:
            path.unlink(missing_ok=True)

    def _asked(self, path: str, keys: Mapping[str, str | Sequence[str]]) -> list[Found]:
        with self._request(f"{path}?{urlencode(keys, doseq=True)}", "application/dicom+json", self.timeout) as answer:
            if answer.status == http.client.NO_CONTENT:
                return []
            _good(answer)
            data = answer.read(_MOST + 1)
        try:
            told = json.loads(data) if len(data) <= _MOST else None
        except ValueError:
            told = None
        if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
            raise PacsAway(_STRANGE)
        return told

    @contextmanager
    def _request(self, path: str, accept: str, patience: float) -> Iterator[http.client.HTTPResponse]:
        """One request on a line of its own; PacsAway when nobody answers or the line breaks."""
        line = self.server.line(self.timeout)
        try:
            try:
                line.connect()
                line.sock.settimeout(patience)
                headers = {"Accept": accept, **self.server.authorization()}
                line.request("GET", f"{self.server.url.path}/{path}", headers=headers)
                answer = line.getresponse()
            except ssl.SSLError:
                raise PacsAway("The certificate of the PACS is not trusted here: name its authority (ca)") from None
            except (OSError, http.client.HTTPException):
                raise PacsAway("Nobody answers at the address of the PACS. Check address and firewall") from None
            try:
                yield answer
            except PacsAway:
                raise
            except (OSError, http.client.HTTPException):
                raise PacsAway(_BROKE_OFF) from None
            finally:
                answer.close()
        finally:
            line.close()


def _quoted(uid: str) -> str:
    """One part of a path, whatever a PACS called a UID."""
    return quote(uid, safe="")


def _good(answer: http.client.HTTPResponse) -> None:
    """PacsAway unless it is an answer; one that leads elsewhere is none."""
    if answer.status != http.client.OK:
        usual = f"The PACS refused the question (status {answer.status}). Ask those who look after it"
        raise PacsAway(_REFUSED.get(answer.status, usual))


def _keys(asked: Asked) -> dict[str, str]:
    """The keys of a question, by which a PACS finds what is asked for."""
    if asked.study_uid:
        return {"StudyInstanceUID": asked.study_uid}
    keys = {"AccessionNumber": asked.accession} if asked.accession else {}
    if asked.patient_id:
        keys["PatientID"] = asked.patient_id
    if asked.first_day is not None:
        keys["StudyDate"] = f"{asked.first_day:%Y%m%d}-{asked.last_day or asked.first_day:%Y%m%d}"
    return keys


def _values(found: Found, tag: str) -> list[str]:
    element = found.get(tag)
    values = element.get("Value") if isinstance(element, dict) else None
    told = values if isinstance(values, list) else []
    return [
        str(one.get("Alphabetic", "") if isinstance(one, dict) else one).strip(" \0")
        for one in told
        if one not in (None, "")
    ]


def _text(found: Found, tag: str) -> str:
    return next(iter(_values(found, tag)), "")


def _number(found: Found, tag: str) -> int | None:
    said = _text(found, tag)
    return int(said) if said.isdecimal() else None


def _day(said: str) -> date | None:
    try:
        return datetime.strptime(said[:8], "%Y%m%d").date()  # noqa: DTZ007 - a calendar day
    except ValueError:
        return None


def _study(found: Found) -> StudyFound:
    said = {name: _text(found, tag) for tag, name in _STUDY.items()}
    said["time"] = said["time"][:6]
    return StudyFound(
        _text(found, _STUDY_UID), day=_day(_text(found, _DAY)), modalities=tuple(_values(found, _MODALITIES)),
        images=_number(found, _OF_IMAGES), series=_number(found, _OF_SERIES), **said,
    )  # fmt: skip


def _one_series(found: Found) -> SeriesFound:
    said = {name: _text(found, tag) for tag, name in _SERIES.items()}
    return SeriesFound(number=_number(found, _NUMBER), images=_number(found, _IMAGES), **said)
