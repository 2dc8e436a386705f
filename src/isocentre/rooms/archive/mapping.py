"""The map of the Selection an actor works under: paths back to what is held, rows and objects to what is shown.

Rows are changed in memory, for one answer, and never saved. Without a map everything here answers None at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from isocentre.core.actor import Actor
from isocentre.core.dicom.header import read_header
from isocentre.core.dicom.part10 import file_meta
from isocentre.core.dicom.walk import Buffer
from isocentre.core.dicomweb.facts import NOT_DEIDENTIFIED, OUT_OF_SCOPE, NotAdmitted
from isocentre.core.dicomweb.mapped import Change, Subject, UidMap, inward, moved, outward, rewritten
from isocentre.rooms.archive.models import ImagingStudy, Instance, SelectionSubject, Series
from isocentre.rooms.archive.scoping import selection_of, visible
from isocentre.rooms.archive.storing import Outcome

CHUNK = 1024 * 1024
DATES = ("series_date", "performed_date")
CHANGED = frozenset({"study_uid", "series_uid", "object_uid", "pseudonym", "subject_id", "study_date", *DATES})
"""Columns that a map changes: a search may compare with what is shown, never with what is held."""


class Mapped:
    """The map of one Selection."""

    def __init__(self, by: Actor, key: str, subjects: Iterable[SelectionSubject]) -> None:
        self._by = by
        self._uids = UidMap(bytes.fromhex(key))
        self._subjects = {row.pseudonym: row for row in subjects}

    def held(self, uid: str) -> str:
        """The UID held, of one in a path or query; empty stays empty."""
        return self._uids.back(uid) if uid else ""

    def study(self, row: ImagingStudy) -> ImagingStudy:
        """A scan as shown."""
        subject = self._subject(row)
        row.held_uid = row.study_uid  # type: ignore[attr-defined]  # the audit trail names the scan by it
        row.study_uid = self._uids.there(row.study_uid)
        row.study_date = moved(row.study_date, subject.days)
        if subject.label:
            row.pseudonym = row.subject_id = subject.label
        return row

    def series(self, row: Series) -> Series:
        """A series as shown, with its scan."""
        days = self._subject(row.study).days
        row.series_uid = self._uids.there(row.series_uid)
        for column in DATES:
            setattr(row, column, moved(getattr(row, column), days))
        self.study(row.study)
        return row

    def instance(self, row: Instance) -> Instance:
        """An instance as shown, with series and scan; `change` is what becomes of its object."""
        row.change = outward(self._uids, self._subject(row.series.study))  # type: ignore[attr-defined]  # for describing
        row.object_uid = self._uids.there(row.object_uid)
        self.series(row.series)
        return row

    def shown(self, row: Any) -> Any:
        """A row of any level as shown."""
        if isinstance(row, Instance):
            return self.instance(row)
        return self.series(row) if isinstance(row, Series) else self.study(row)

    def taken_back(self, whole: Buffer) -> Iterator[bytes]:
        """An object brought through the Selection as it is held, in chunks; NotAdmitted when it is of no scan of it."""
        header = read_header(whole)
        study_uid = self.held(header.text(0x0020000D))
        row = visible(ImagingStudy, self._by, raw=True).filter(study_uid=study_uid).first()
        if row is None:
            raise NotAdmitted(OUT_OF_SCOPE, "the object is of no scan of the Selection")
        subject = self._subject(row)
        if subject.label and header.text(0x00100020) != subject.label:
            raise NotAdmitted(NOT_DEIDENTIFIED, "PatientID is not the label of the scan's subject")
        if header.deflated:
            raise NotAdmitted(NOT_DEIDENTIFIED, "a deflated object cannot be stored through a Selection")
        change: Change = inward(self._uids, subject)
        end = header.end if header.pixel_offset is None else self._before_pixel(header.pixel_offset, header.encoding)
        body = rewritten(whole, header.start, end, header.encoding, change)
        uid = self.held(header.text(0x00080018))
        stop = header.end if header.pixel_offset is None else header.pixel_offset + (header.pixel_length or 0)
        meta = file_meta(header.text(0x00080016), uid, header.transfer_syntax)
        yield meta + body
        for at in range(end, stop, CHUNK):
            yield bytes(whole[at : min(at + CHUNK, stop)])

    def answered(self, outcome: Outcome) -> Outcome:
        """The outcome as the sender knows the object."""
        there = self._uids.there
        return replace(outcome, object_uid=there(outcome.object_uid), study_uid=there(outcome.study_uid),
                       series_uid=there(outcome.series_uid))  # fmt: skip

    @staticmethod
    def _before_pixel(offset: int, encoding: Any) -> int:
        return offset - (12 if encoding.explicit else 8)

    def _subject(self, row: ImagingStudy) -> Subject:
        known = self._subjects.get(row.pseudonym)
        if known is None:
            return Subject(row.pseudonym, row.subject_id)
        return Subject(row.pseudonym, row.subject_id, known.label, known.days)


def of(by: Actor) -> Mapped | None:
    """The map the actor's scope has; None under pairs and under a Selection without one."""
    if by.scope.selection is None:
        return None
    selection = selection_of(by.scope.selection)
    if selection is None or not selection.uid_key:
        return None
    return Mapped(by, selection.uid_key, SelectionSubject.objects.filter(selection=selection))
