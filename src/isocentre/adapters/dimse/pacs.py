"""A hospital's PACS by DIMSE: C-ECHO, C-FIND and C-MOVE as a user of the Study Root model (PS3.4 C.6.2), by pynetdicom.

Whatever a PACS answers is read with care: keys it does not know come back empty or not at all, values in any character
set, more answers than were asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.association import Association

from isocentre.adapters.dimse.contexts import VERIFICATION
from isocentre.core.ports import MOST_ANSWERS, MOST_IMAGES, Moved, PacsAway
from isocentre.core.pull.lines import Asked
from isocentre.core.pull.match import StudyFound
from isocentre.core.pull.series import SeriesFound

FIND, MOVE = "1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.5.1.4.1.2.2.2"
"""Study Root Query/Retrieve Information Model (PS3.4 C.6.2.1.1)."""
_PENDING, _CANCELLED = (0xFF00, 0xFF01), 0xFE00
_ASK_AGAIN = "The PACS did not answer as DICOM asks. Ask those who look after it; it is tried again"
_UNKNOWN_TO_IT = 0xA801
"""Move destination unknown (PS3.4 table C.4-2)."""
_LACKS = "The PACS does not offer this service to us. Ask for query and retrieve by Study Root"
STUDY_KEYS = (
    "StudyInstanceUID", "AccessionNumber", "PatientID", "PatientName", "StudyDate", "StudyTime", "StudyDescription",
    "ModalitiesInStudy", "NumberOfStudyRelatedInstances", "NumberOfStudyRelatedSeries", "InstanceAvailability",
)  # fmt: skip
SERIES_KEYS = (
    "SeriesInstanceUID", "Modality", "BodyPartExamined", "SeriesDescription", "SeriesNumber",
    "NumberOfSeriesRelatedInstances",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DimsePacs:
    """Implements `core.ports.Pacs` by C-MOVE. `destination`: our AE title, as the PACS has it, to which it sends.

    `timeout` in seconds: of connecting and of each answer. A PACS that fetches from tape says nothing for long:
    `patience` is how long a move may be silent.
    """

    host: str
    port: int
    ae_title: str
    calling: str
    destination: str
    timeout: float = 30.0
    patience: float = 600.0

    def echo(self) -> None:
        """C-ECHO, and whether it offers C-FIND and C-MOVE to us."""
        with self.open((VERIFICATION, FIND, MOVE)) as association:
            self._done(association.send_c_echo())

    def scans(self, asked: Asked) -> list[StudyFound]:
        """C-FIND at STUDY level."""
        return [_study(one) for one in self.find("STUDY", STUDY_KEYS, _keys(asked))]

    def series(self, study_uid: str) -> list[SeriesFound]:
        """C-FIND at SERIES level."""
        return [_series(one) for one in self.find("SERIES", SERIES_KEYS, {"StudyInstanceUID": study_uid})]

    def images(self, study_uid: str, series_uid: str) -> list[str]:
        """C-FIND at IMAGE level."""
        series = {"StudyInstanceUID": study_uid, "SeriesInstanceUID": series_uid}
        told = self.find("IMAGE", ("SOPInstanceUID",), series, most=MOST_IMAGES)
        return sorted({uid for one in told if (uid := text(one, "SOPInstanceUID"))})

    def fetch(self, study_uid: str, series_uid: str, images: Sequence[str] = ()) -> Moved:
        """C-MOVE of one series, or some of its images, to our own AE title."""
        wanted = named(study_uid, series_uid, images)
        with self.open((MOVE,), silent=self.patience) as association:
            return ended(association.send_c_move(wanted, self.destination, MOVE))

    def find(
        self, level: str, keys: tuple[str, ...], known: dict[str, str], most: int = MOST_ANSWERS
    ) -> list[Dataset]:  # fmt: skip
        """C-FIND at a level: what is asked for (`keys`) of what is `known`; at most so many answers."""
        wanted = Dataset()
        wanted.QueryRetrieveLevel = level
        if any(not value.isascii() for value in known.values()):
            wanted.SpecificCharacterSet = "ISO_IR 192"
        for keyword in keys:
            setattr(wanted, keyword, "")
        for keyword, value in known.items():
            setattr(wanted, keyword, value)
        found: list[Dataset] = []
        with self.open((FIND,)) as association:
            number = 1
            for status, answer in association.send_c_find(wanted, FIND, msg_id=number):
                code = self._done(status)
                if code in _PENDING and answer is not None:
                    found.append(answer)
                if len(found) == most and code in _PENDING:
                    association.send_c_cancel(number, query_model=FIND)
                    association.abort()
                    break
        return found

    def _done(self, status: Dataset) -> int:
        if "Status" not in status:
            raise PacsAway(_ASK_AGAIN)
        code = int(status.Status)
        if code not in (0, *_PENDING, _CANCELLED):
            raise PacsAway(f"The PACS refused the question (status {code:04X}). Ask those who look after it")
        return code

    @contextmanager
    def open(
        self, models: Sequence[str], *, silent: float | None = None, asked: Callable[[AE], None] | None = None,
        **more: Any,
    ) -> Iterator[Association]:  # fmt: skip
        """An association for these models, each accepted; PacsAway in words. `asked` may ask for more contexts."""
        ae = AE(ae_title=self.calling)
        ae.connection_timeout = ae.acse_timeout = ae.network_timeout = self.timeout
        ae.dimse_timeout = silent or self.timeout
        if silent:
            ae.network_timeout = silent
        for model in models:
            ae.add_requested_context(model)
        if asked is not None:
            asked(ae)
        reached: list[Any] = []
        handlers = [(evt.EVT_CONN_OPEN, reached.append), *more.pop("handlers", ())]
        association = ae.associate(self.host, self.port, ae_title=self.ae_title, evt_handlers=handlers, **more)
        if not association.is_established:
            raise PacsAway(_why(association, reached=bool(reached)))
        try:
            if set(models) - {one.abstract_syntax for one in association.accepted_contexts}:
                raise PacsAway(_LACKS)
            yield association
        finally:
            if association.is_established:
                association.release()


def _why(association: Association, *, reached: bool) -> str:
    if not reached:
        return "Nobody answers at the address of the PACS. Check address, port and firewall"
    if association.is_rejected:
        return "The PACS refused us: it does not know our AE title, or we named it wrongly"
    return "The PACS broke the connection off when it was made"


def named(study_uid: str, series_uid: str, images: Sequence[str]) -> Dataset:
    """What a retrieve asks for: one series, or some of its images."""
    wanted = Dataset()
    wanted.QueryRetrieveLevel = "IMAGE" if images else "SERIES"
    wanted.StudyInstanceUID, wanted.SeriesInstanceUID = study_uid, series_uid
    if images:
        wanted.SOPInstanceUID = list(images)
    return wanted


def ended(answers: Iterator[tuple[Dataset, Dataset | None]]) -> Moved:
    """How a retrieve ended, of all its answers; PacsAway when the last one never came."""
    last = Dataset()
    for status, _ in answers:
        last = status
    if "Status" not in last:
        raise PacsAway("The PACS broke off while it was sending. It is asked again for what is missing")
    return _moved(last)


def _keys(asked: Asked) -> dict[str, str]:
    """The keys of a question, by which a PACS finds what is asked for."""
    if asked.study_uid:
        return {"StudyInstanceUID": asked.study_uid}
    keys = {"AccessionNumber": asked.accession} if asked.accession else {}
    if asked.patient_id:
        keys["PatientID"] = asked.patient_id
    if asked.first_day is not None:
        last = asked.last_day or asked.first_day
        keys["StudyDate"] = f"{asked.first_day:%Y%m%d}-{last:%Y%m%d}"
    return keys


def _moved(status: Dataset) -> Moved:
    code = int(status.Status)
    sent, failed = _number(status, "NumberOfCompletedSuboperations"), _number(status, "NumberOfFailedSuboperations")
    if code == 0 and not failed:
        return Moved(sent, failed)
    if code == _UNKNOWN_TO_IT:
        return Moved(sent, failed, "The PACS does not know our AE title as a place to send to. Have it entered there")
    return Moved(sent, failed, f"The PACS did not send all of it (status {code:04X})")


def text(found: Dataset, keyword: str) -> str:
    """A value as text; empty where there is none."""
    value = found.get(keyword)
    if value is None:
        return ""
    return str(value).strip(" \0")


def _number(found: Dataset, keyword: str) -> int | None:
    said = text(found, keyword)
    return int(said) if said.isdecimal() else None


def _day(said: str) -> date | None:
    try:
        return datetime.strptime(said[:10].replace(".", ""), "%Y%m%d").date()  # noqa: DTZ007 - a calendar day
    except ValueError:
        return None


def _study(found: Dataset) -> StudyFound:
    said = found.get("ModalitiesInStudy") or []
    modalities = (said,) if isinstance(said, str) else tuple(map(str, said))
    return StudyFound(
        text(found, "StudyInstanceUID"), text(found, "AccessionNumber"), text(found, "PatientID"),
        text(found, "PatientName"), _day(text(found, "StudyDate")), text(found, "StudyTime")[:6],
        text(found, "StudyDescription"), modalities, _number(found, "NumberOfStudyRelatedInstances"),
        _number(found, "NumberOfStudyRelatedSeries"), text(found, "InstanceAvailability"),
    )  # fmt: skip


def _series(found: Dataset) -> SeriesFound:
    return SeriesFound(
        text(found, "SeriesInstanceUID"), text(found, "Modality"), text(found, "BodyPartExamined"),
        text(found, "SeriesDescription"), _number(found, "SeriesNumber"),
        _number(found, "NumberOfSeriesRelatedInstances"),
    )  # fmt: skip
