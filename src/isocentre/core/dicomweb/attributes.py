"""The attributes QIDO-RS can match and return at each level (PS3.18 10.6.1.2 and 10.6.3.3), as one table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

Level = Literal["study", "series", "instance"]
LEVELS: tuple[Level, ...] = ("study", "series", "instance")
"""From wide to narrow; an answer at one level may carry attributes of the wider ones."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: `column` is the field of its level's row; `always` returned without being asked for."""

    tag: int
    keyword: str
    vr: str
    level: Level
    column: str
    always: bool = True

    @property
    def key(self) -> str:
        """The tag as eight hex digits."""
        return f"{self.tag:08X}"


def _rows(level: Level, text: str) -> list[Attribute]:
    rows = []
    for line in text.strip().splitlines():
        tag, keyword, vr, column, *flags = line.split()
        rows.append(Attribute(int(tag, 16), keyword, vr, level, column, "asked" not in flags))
    return rows


_STUDY = """
    00080020 StudyDate DA study_date
    00080030 StudyTime TM study_time
    00080050 AccessionNumber SH accession
    00080061 ModalitiesInStudy CS modalities
    00080090 ReferringPhysicianName PN referrer
    00081030 StudyDescription LO description
    00100010 PatientName PN pseudonym
    00100020 PatientID LO pseudonym
    00100030 PatientBirthDate DA birth_date
    00100040 PatientSex CS sex
    00101010 PatientAge AS age asked
    00120020 ClinicalTrialProtocolID LO research_study
    00120030 ClinicalTrialSiteID LO site
    00120040 ClinicalTrialSubjectID LO subject_id
    00120050 ClinicalTrialTimePointID LO time_point
    00120052 LongitudinalTemporalOffsetFromEvent FD study_day asked
    0020000D StudyInstanceUID UI study_uid
    00200010 StudyID SH study_id
    00201206 NumberOfStudyRelatedSeries IS series_count
    00201208 NumberOfStudyRelatedInstances IS instance_count
"""
_SERIES = """
    00080021 SeriesDate DA series_date asked
    00080031 SeriesTime TM series_time asked
    00080060 Modality CS modality
    00080070 Manufacturer LO manufacturer asked
    0008103E SeriesDescription LO description
    00081090 ManufacturerModelName LO model asked
    00180015 BodyPartExamined CS body_part
    00181030 ProtocolName LO protocol asked
    0020000E SeriesInstanceUID UI series_uid
    00200011 SeriesNumber IS number
    00200060 Laterality CS laterality asked
    00201209 NumberOfSeriesRelatedInstances IS instance_count
    00400244 PerformedProcedureStepStartDate DA performed_date
    00400245 PerformedProcedureStepStartTime TM performed_time
"""
_INSTANCE = """
    00080016 SOPClassUID UI sop_class
    00080018 SOPInstanceUID UI object_uid
    00083002 AvailableTransferSyntaxUID UI transfer_syntax
    00200013 InstanceNumber IS number
    00280008 NumberOfFrames IS frames
    00280010 Rows US rows
    00280011 Columns US columns
    00280100 BitsAllocated US bits
"""
COUNTED = frozenset({"series_count", "instance_count"})
ABSENT = frozenset({"accession", "referrer", "birth_date"})
"""Required of every answer by PS3.18 but never held on the national side: always empty, matched by nothing."""


@cache
def attributes() -> tuple[Attribute, ...]:
    """Every attribute of every level."""
    return (*_rows("study", _STUDY), *_rows("series", _SERIES), *_rows("instance", _INSTANCE))


@cache
def by_name() -> dict[str, Attribute]:
    """Attributes by keyword and by tag."""
    return {name: a for a in attributes() for name in (a.keyword, a.key)}


@cache
def returned(level: Level) -> tuple[Attribute, ...]:
    """Attributes an answer at this level may hold: its own and those of the wider levels."""
    wide = LEVELS[: LEVELS.index(level) + 1]
    return tuple(a for a in attributes() if a.level in wide)
