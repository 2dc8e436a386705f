"""Which scan of a PACS a line of a list means: none, one, or several with what tells them apart. Never guessed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from isocentre.core.pull.lines import Asked

NEARLINE = frozenset({"NEARLINE", "OFFLINE"})
"""Instance Availability (0008,0056) of what must be brought from tape first, or by a person (PS3.3 C.4.23)."""


@dataclass(frozen=True, slots=True)
class StudyFound:
    """What a PACS says of one scan at STUDY level (PS3.4 C.6.2.1). Counts are None where it does not say."""

    study_uid: str = field(repr=False)
    accession: str = field(default="", repr=False)
    patient_id: str = field(default="", repr=False)
    patient_name: str = field(default="", repr=False)
    day: date | None = None
    time: str = ""
    description: str = ""
    modalities: tuple[str, ...] = ()
    images: int | None = None
    series: int | None = None
    availability: str = ""


Judged = Literal["none", "one", "several", "not_asked_for"]
_DIFFERS = (
    ("day", "date"), ("time", "time"), ("description", "description"), ("modalities", "modality"),
    ("patient_id", "patient"), ("accession", "accession number"), ("images", "number of images"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Match:
    """What became of one line: `found` is the one scan, or all of several; `differs`: what tells those apart."""

    judged: Judged
    found: tuple[StudyFound, ...] = ()
    differs: tuple[str, ...] = ()
    words: str = ""


def judge(asked: Asked, answers: Iterable[StudyFound]) -> Match:
    """The scan that a line means among what a PACS answered.

    A PACS may answer more than it was asked (some take no notice of a key): what does not fit is not counted, and said.
    """
    told = list({one.study_uid: one for one in answers}.values())
    fit = [one for one in told if fits(asked, one)]
    if not fit and told:
        words = "The PACS answered with scans that were not asked for. None of them is fetched"
        return Match("not_asked_for", (), (), words)
    days, fit = fit, [one for one in fit if of_modality(asked, one)]
    if days and not fit:
        return Match("none", words="The PACS has scans of these days, but none of the modality that is planned")
    if not fit:
        return Match("none", words="The PACS knows no such scan. Check the number, or whether it is in another PACS")
    if len(fit) == 1:
        return Match("one", (fit[0],))
    fit.sort(key=lambda one: (one.day or date.min, one.time, one.study_uid))
    differs = tuple(words for name, words in _DIFFERS if len({getattr(one, name) for one in fit}) > 1)
    words = f"The PACS has {len(fit)} scans for it. Choose which are meant"
    return Match("several", tuple(fit), differs, words)


def of_modality(asked: Asked, one: StudyFound) -> bool:
    """Whether a scan is of a modality that was asked for, as far as the PACS says which it has."""
    return not (asked.modalities and one.modalities) or bool(set(asked.modalities) & set(one.modalities))


def fits(asked: Asked, one: StudyFound) -> bool:
    """Whether an answer is what was asked for, as far as it says: numbers are compared without spaces around."""
    if asked.study_uid:
        return one.study_uid == asked.study_uid
    if asked.accession and one.accession.strip() != asked.accession:
        return False
    if asked.patient_id and one.patient_id.strip().casefold() != asked.patient_id.casefold():
        return False
    if asked.first_day is None:
        return True
    return one.day is not None and asked.first_day <= one.day <= (asked.last_day or asked.first_day)
