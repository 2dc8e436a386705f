"""De-identify one file: read it, decide, check the result with other code, write it beside its place."""

from __future__ import annotations

import errno
import hmac
import os
import secrets
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TypeAlias

from isocentre.adapters.faces import face_cleaner
from isocentre.adapters.ocr import pixel_cleaner
from isocentre.cli import deid_names
from isocentre.cli.deid_sources import Entry, Refused, opened
from isocentre.core.deid import engine, identity, recheck
from isocentre.core.deid.faces import cut as cuts
from isocentre.core.deid.faces.clean import FaceCleaner, TakenOff
from isocentre.core.deid.profile import Profile, parse
from isocentre.core.deid.reviewed import NOTHING, Reviewed
from isocentre.core.deid.reviewed import parse as rules_of
from isocentre.core.deid.screen import words_of
from isocentre.core.dicom.header import read_header
from isocentre.core.dicom.walk import Buffer, MalformedDicom

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""No more can be written: going on would fail for every file."""
_SOP_CLASS, _BODY_PART, _SERIES, _IMAGE_TYPE, _UID, _FRAMES = (
    0x00080016, 0x00180015, 0x0020000E, 0x00080008, 0x00080018, 0x00280008,
)  # fmt: skip
_SAID_DICOM = (".dcm", ".dicom", ".ima")
_BARE = (b"\x08\x00", b"\x02\x00", b"\x00\x08", b"\x00\x02")
NOBODY = deid_names.Facts(frozenset(), (), ())


Cut: TypeAlias = bytes | tuple[str, str]
"""Where the face of a series is taken off, or (reason, words) why it is not; empty where none is."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for the whole run. `parts`: the folder for what is being written, None when nothing is.

    `samples`: the file that says in which series text was found (`deid_samples`), where a sample is read.
    """

    profile_text: str = field(repr=False)
    study_key: bytes = field(repr=False)
    parts: Path | None = None
    face_waiver: bool = False
    maps: bool = False
    rules: str = field(default="", repr=False)
    samples: Path | None = None

    @property
    def reviewed(self) -> Reviewed:
        """The rules, read once in each process."""
        return _reviewed(self.rules) if self.rules else NOTHING

    @property
    def profile(self) -> Profile:
        """A profile is compared by identity, so each process reads it once and keeps it."""
        return _parsed(self.profile_text)


@dataclass(slots=True)
class Done:
    """What became of one file; `words` say why in full, `uids` old to new when maps are wanted.

    `cleaned`: words that went from text that was cleaned, by reason. `pixels`: where text was in its picture. `tags`:
    elements by tag and action, `sop_class` what it was. `rules`: of --rules, those that had a part in it. `face`: what
    was measured when the face was taken out of its series. `part`: where the copy waits for its name, `wanted` that
    name.
    """

    source: str
    output: str | None
    status: str
    reason: str = ""
    words: str = ""
    actions: dict[str, int] = field(default_factory=dict)
    cleaned: dict[str, int] = field(default_factory=dict)
    pixels: list[dict[str, object]] = field(default_factory=list)
    face: dict[str, float] = field(default_factory=dict)
    tags: dict[str, int] = field(default_factory=dict)
    rules: list[str] = field(default_factory=list)
    sop_class: str = ""
    person: str = ""
    part: str = ""
    wanted: str = ""
    size: int = 0
    uids: dict[str, str] = field(default_factory=dict, repr=False)
    patient: tuple[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose object it is, and what: without a patient id there is no pseudonym. `series`: what belongs together.

    `uid`: of the instance; `series_uid`: as it stands; `single`: it has one frame.
    """

    pseudonym: str = ""
    weeks: int = 0
    patient_id: str = field(default="", repr=False)
    facts: deid_names.Facts = field(default=NOBODY, repr=False)
    sop_class: str = ""
    body_part: str = ""
    image_type: tuple[str, ...] = ()
    series: str = field(default="", repr=False)
    series_uid: str = field(default="", repr=False)
    uid: str = field(default="", repr=False)
    single: bool = True


def one(settings: Settings, entry: Entry, cut: Cut = b"") -> Done:
    """De-identify one file and write the copy beside its place; never raises for a bad file."""
    if entry.wrong:
        status, reason, words = entry.wrong
        return Done(entry.name, None, status, reason, words)
    try:
        with opened(entry) as buffer:
            if (done := foreign(entry, buffer)) is not None:
                return done
            return _one(settings, entry, buffer, cut)
    except Refused as refused:
        return Done(entry.name, None, "failed", refused.reason, refused.words)
    except OSError as error:
        if error.errno in FULL:
            raise
        return Done(entry.name, None, "failed", "file", f"It could not be read or written: {error.strerror}.")


def foreign(entry: Entry, buffer: Buffer) -> Done | None:
    """What is no DICOM file and does not say that it is one; None for the rest, which the engine judges."""
    if buffer[128:132] == b"DICM" or entry.name.lower().endswith(_SAID_DICOM) or buffer[:2] in _BARE:
        return None
    if buffer[:4] == b"PK\x03\x04":
        words = "A zip inside SRC is not opened: give it as SRC of its own."
        return Done(entry.name, None, "left_out", "zip", words)
    words = "It is not a DICOM file." if len(buffer) else "It is empty."
    return Done(entry.name, None, "left_out", "not_dicom", words)


def subject(buffer: Buffer, study_key: bytes) -> Subject:
    """Whose object lies in the buffer, by patient id and issuer alone."""
    try:
        header = read_header(buffer)
        said = deid_names.facts(header)
        patient_id, issuer = header.text(0x00100020), header.text(0x00100021)
        uid = header.text(_SERIES)
        nobody = Subject(
            facts=said, sop_class=header.text(_SOP_CLASS), body_part=header.text(_BODY_PART),
            image_type=words_of(header.bytes(_IMAGE_TYPE)), series=f"{patient_id}|{issuer}|{uid}", series_uid=uid,
            uid=header.text(_UID), single=header.text(_FRAMES) in ("", "1"),
        )  # fmt: skip
    except MalformedDicom:
        return Subject()
    try:
        key = identity.canonical_key(patient_id=patient_id, issuer=issuer)
    except ValueError:
        return nobody
    weeks, pseudonym = identity.shift_weeks(study_key, key), identity.pseudonym(study_key, key)
    return replace(nobody, pseudonym=pseudonym, weeks=weeks, patient_id=patient_id)


def context(who: Subject, face_waiver: bool) -> engine.SubjectContext:
    """What the new object says of its research study: nothing but the pseudonym, for nothing else is known here."""
    return engine.SubjectContext(
        pseudonym=who.pseudonym, subject_id=who.pseudonym, sponsor="", protocol_id="", protocol_name="", site_id="",
        site_name="", time_point_id="", time_point_description="", study_day=None, face_waiver=face_waiver,
        shift_weeks=who.weeks, known=who.facts.known,
    )  # fmt: skip


def _one(settings: Settings, entry: Entry, buffer: Buffer, cut: Cut) -> Done:
    who = subject(buffer, settings.study_key)
    uids: dict[str, str] | None = {} if settings.maps else None
    tags: dict[tuple[int, str], int] = {}
    made = engine.deidentify(
        buffer, profile=settings.profile, study_key=settings.study_key, context=context(who, settings.face_waiver),
        uid_log=uids, pixels=_pixels_of(settings, who), tags=tags,
        face=taken_off(cut) if isinstance(cut, bytes) and cut else None, reviewed=settings.reviewed,
    )  # fmt: skip
    if made.reason == "face_series" and isinstance(cut, tuple):
        made = replace(made, reason=cut[0], words=cut[1])
    done = Done(entry.name, None, made.status, made.reason, made.words, made.report.actions, made.report.cleaned)
    done.sop_class = who.sop_class
    done.pixels = [{"frame": one.frame, "box": list(one.box), "why": one.why} for one in made.pixels]
    done.rules = list(made.rules)
    if made.plan is None:
        return done
    if not who.pseudonym:
        done.status, done.reason, done.words = "held", "no_patient_id", "It has no patient id, so no pseudonym."
        return done
    if words := second_check(made.plan, buffer, who.facts.known, settings.profile, settings.reviewed):
        done.status, done.reason, done.words = "held", "second_check", words
        return done
    if made.faceless and isinstance(cut, bytes):
        done.face = taken_off(cut).cut.figures
    done.tags = {f"{tag:08X}{letter}": count for (tag, letter), count in sorted(tags.items())}
    done.person, done.size = who.pseudonym, made.plan.size
    done.wanted = deid_names.proposed(entry.name, who.pseudonym, who.facts, settings.study_key)
    done.uids, done.patient = uids or {}, (who.patient_id, who.pseudonym)
    if settings.parts is not None:
        done.part = _write(settings.parts, made.plan, buffer)
    return done


def second_check(
    plan: engine.Plan, buffer: Buffer, known: tuple[str, ...], profile: Profile, reviewed: Reviewed = NOTHING
) -> str:  # fmt: skip
    """What code that shares nothing with the engine found in the new object, in words; empty when nothing."""
    findings = recheck.check(
        plan.head(buffer), needles=known, keyed_uids=not profile.keeps_uids, allowed=reviewed.kept,
        picture=plan.picture(buffer),
    )  # fmt: skip
    return f"The second check found: {findings[0].words}" if findings else ""


@cache
def _reviewed(text: str) -> Reviewed:
    return Reviewed(rules_of(text))


@cache
def _parsed(text: str) -> Profile:
    return parse(text)


@cache
def pixels() -> engine.PixelCleaner:
    """One for the process: what reads pictures is loaded once, with the first picture that is to be cleaned."""
    return pixel_cleaner()


def _pixels_of(settings: Settings, who: Subject) -> engine.PixelCleaner:
    """What cleans pictures, told what was found in the series of this one before anything was written."""
    cleaner = pixels()
    if settings.samples is not None:
        cleaner.beforehand = True
        text = _found(settings.samples).get(series_name(settings.study_key, who.series))
        if text is not None:
            cleaner.note(who.series_uid.encode(), text)
    return cleaner


def series_name(study_key: bytes, series: str) -> bytes:
    """A series by a keyed hash, which leads back to nobody."""
    return hmac.digest(study_key, b"series|" + series.encode(), "sha256")


@cache
def _found(samples: Path) -> dict[bytes, bool]:
    lines = (line.split() for line in samples.read_text(encoding="ascii").splitlines())
    return {bytes.fromhex(series): text == "1" for series, text in lines}


@cache
def faces() -> FaceCleaner:
    """One for the process: what finds faces is loaded once, with the first head."""
    return face_cleaner()


@lru_cache(maxsize=2)
def taken_off(cut: bytes) -> TakenOff:
    """The cut of a series, and what lays it on its images."""
    return TakenOff(faces(), cuts.parse(cut))


def _write(folder: Path, plan: engine.Plan, buffer: Buffer) -> str:
    """Write the copy under a name of its own; it is forced to the disk before it is named, with others."""
    path = folder / f"{secrets.token_hex(8)}.part"
    if number := _stream(path, plan, buffer):
        path.unlink(missing_ok=True)
        raise OSError(number, os.strerror(number))
    return path.name


def _stream(path: Path, plan: engine.Plan, buffer: Buffer) -> int:
    """Number of the error that stopped it, 0 for none. Not raised here: it would hold chunks, which are views into a
    mapped file, and that file could not be closed."""
    try:
        with path.open("wb") as file:
            for chunk in plan.chunks(buffer):
                file.write(chunk)
    except OSError as error:
        return error.errno or errno.EIO
    return 0
