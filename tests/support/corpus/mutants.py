"""The engine with one rule broken, each in its own way: what a scorer must notice."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from pydicom.tag import Tag

from isocentre.core.deid import engine, keys, plan, private, road, rules, values, walking
from isocentre.core.deid.cleaner import Cleaner, Made

BASIC, TRIAL, CLEANING = "basic", "trial-ct-mr.v1", "trial-ct-mr.v2"


@dataclass(frozen=True)
class Mutant:
    """One broken rule. `profile`: under which it must show; `tag`: of objects that have it (0: of any)."""

    name: str
    profile: str
    tag: int
    broken: Callable[[], Any]


def _forget() -> None:
    """Empty what the engine remembers of rules."""
    for module in (engine, rules):
        for thing in vars(module).values():
            if hasattr(thing, "cache_clear"):
                thing.cache_clear()


@contextmanager
def broken(mutant: Mutant) -> Iterator[None]:
    """The engine of this process, with the rule broken."""
    _forget()
    with mutant.broken():
        yield
    _forget()


def _decided(which: Callable[[int], bool], kind: int) -> Callable[[], Any]:
    right = walking.decide

    def wrong(*given: Any) -> rules.Decision:
        decision = right(*given)
        return decision._replace(kind=kind, value=b"", change=None, form=None) if which(decision.tag) else decision

    return lambda: patch.object(walking, "decide", wrong)


def _tag(keyword: str) -> int:
    return int(Tag(keyword))


def _one(keyword: str, kind: int, profile: str) -> Mutant:
    tag = _tag(keyword)
    said = {rules.KEEP: "keeps", rules.DROP: "drops", rules.CONST: "empties"}[kind]
    return Mutant(f"{said} {keyword}", profile, tag, _decided(lambda there: there == tag, kind))


_KEPT = (
    "PatientName PatientBirthDate OtherPatientIDs OtherPatientNames PatientAddress PatientTelephoneNumbers "
    "PatientBirthName PatientMotherBirthName AccessionNumber InstitutionName InstitutionAddress "
    "ReferringPhysicianName StudyDescription SeriesDescription ProtocolName InstitutionalDepartmentName "
    "PhysiciansOfRecord PerformingPhysicianName OperatorsName NameOfPhysiciansReadingStudy PatientComments "
    "AdditionalPatientHistory ImageComments AdmissionID CurrentPatientLocation RequestAttributesSequence "
    "OriginalAttributesSequence OtherPatientIDsSequence PersonName StudyComments SOPInstanceUID "
    "StudyInstanceUID SeriesInstanceUID FrameOfReferenceUID StudyDate SeriesDate ContentDate PatientAge"
)
_MOVED = "StudyDate SeriesDate AcquisitionDate ContentDate AcquisitionDateTime InstanceCreationDate"
_LOST = (
    "Rows PixelSpacing ImagePositionPatient ImageOrientationPatient RescaleSlope SliceThickness Modality KVP "
    "PatientWeight PatientSex DeviceSerialNumber SeriesTime ViewCodeSequence PerFrameFunctionalGroupsSequence "
    "SeriesNumber StudyDate"
)


def _private(tag: int) -> bool:
    return bool(tag >> 16 & 1)


def _overlay(tag: int) -> bool:
    return tag >> 16 == 0x6000


def _without(*tags: int) -> Callable[[], Any]:
    right = engine.inserts
    return lambda: patch.object(
        engine, "inserts", lambda *given: tuple(one for one in right(*given) if one[0] not in tags)
    )


def _other_person() -> Any:
    right = engine.inserts
    return patch.object(
        engine, "inserts", lambda profile, who, code: right(profile, replace(who, pseudonym="P-AAAAAAAAAAAA"), code)
    )


def _shallow() -> Any:
    right = road._sequence
    return patch.object(road, "_sequence", lambda *given: None if given[-1] >= 1 else right(*given))


def _shifted(days: int) -> Callable[[], Any]:
    right = values._shifted
    return lambda: patch.object(values, "_shifted", lambda text, weeks: right(_later(text, days), weeks))


def _later(text: bytes, days: int) -> bytes:
    from datetime import datetime, timedelta

    plain = text.replace(b".", b"").decode()
    return (datetime.strptime(plain, "%Y%m%d") + timedelta(days=days)).strftime("%Y%m%d").encode()  # noqa: DTZ007 - a date


def _flipped() -> Any:
    right = plan.Plan.chunks

    def wrong(self: plan.Plan, buffer: Any) -> Iterator[bytes]:
        data = bytearray(b"".join(right(self, buffer)))
        data[-10] ^= 1
        yield bytes(data)

    return patch.object(plan.Plan, "chunks", wrong)


def _keys(name: str, wrong: Any) -> Callable[[], Any]:
    return lambda: patch.object(keys.Keys, name, wrong)


def _cleaned(left: Callable[[bytes], bytes], gone: dict[str, int]) -> Callable[[], Any]:
    return lambda: patch.object(Cleaner, "value", lambda self, tag, vr, raw, *_: Made(left(raw), gone, (), ()))


def _random_uid(*_: Any) -> bytes:
    return b"2.25.%d" % secrets.randbits(120)


MUTANTS: tuple[Mutant, ...] = (
    *(_one(name, rules.KEEP, BASIC) for name in _KEPT.split()),
    *(_one(name, rules.KEEP, TRIAL) for name in _MOVED.split()),
    *(_one(name, rules.DROP, TRIAL) for name in _LOST.split()),
    *(_one(name, rules.CONST, TRIAL) for name in ("SOPClassUID", "Columns", "ImageType", "StudyTime")),
    Mutant("keeps private elements", BASIC, 0, _decided(_private, rules.KEEP)),
    Mutant("keeps overlays", BASIC, 0x60004000, _decided(_overlay, rules.KEEP)),
    Mutant("keeps padding after the picture", BASIC, 0xFFFCFFFC, _decided(lambda tag: tag == 0xFFFCFFFC, rules.KEEP)),
    Mutant("looks into no sequence", BASIC, 0, lambda: patch.object(road, "_sequence", lambda *_: None)),
    Mutant("looks into sequences of the first level alone", BASIC, 0, _shallow),
    Mutant("moves no date", TRIAL, 0, _keys("date", lambda self, raw: raw)),
    Mutant("moves no date with time", TRIAL, _tag("AcquisitionDateTime"), _keys("datetime", lambda self, raw: raw)),
    Mutant("moves dates by days", TRIAL, 0, _shifted(1)),
    Mutant("moves dates forward", TRIAL, 0, _shifted(7 * 1100)),
    Mutant("moves dates and dates with time apart", TRIAL, _tag("AcquisitionDateTime"),
           _keys("date", lambda self, raw: values.shift_date(raw, self._weeks + 1))),
    Mutant("changes no UID", BASIC, 0, _keys("uid", lambda self, raw: raw)),
    Mutant("changes a UID to another each time", BASIC, 0, _keys("uid", _random_uid)),
    Mutant("gives everybody one pseudonym", BASIC, 0, _other_person),
    Mutant("keeps ages over 89", TRIAL, 0, lambda: patch.object(values, "cap_age", lambda raw: raw)),
    Mutant("does not say that the identity is removed", BASIC, 0, _without(0x00120062)),
    Mutant("does not name its method", BASIC, 0, _without(0x00120063)),
    Mutant("does not code its method", BASIC, 0, _without(0x00120064)),
    Mutant("does not say what became of dates", BASIC, 0, _without(0x00280303)),
    Mutant("writes no patient id", BASIC, 0, _without(0x00100020)),
    Mutant("cleans no text", CLEANING, 0, _cleaned(lambda raw: raw, {})),
    Mutant("cleans text away", CLEANING, _tag("SeriesDescription"), _cleaned(lambda raw: b"", {"all": 1})),
    Mutant("knows no safe private element", CLEANING, 0x00190010, lambda: patch.object(private, "rules", dict)),
    Mutant("changes the picture", BASIC, 0x00280010, _flipped),
)  # fmt: skip
