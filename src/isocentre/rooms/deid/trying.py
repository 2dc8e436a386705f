"""Try a profile on an original that is still here: both headers side by side. Nothing is stored, nothing is sent on."""

from __future__ import annotations

import mmap
import secrets
from dataclasses import dataclass, field, replace
from typing import Any

from isocentre.core.deid import engine, recheck
from isocentre.core.deid.attributes import attribute
from isocentre.core.deid.beside import Line, beside
from isocentre.core.deid.explain import tell
from isocentre.core.deid.facts import Facts
from isocentre.core.deid.profile import BadProfile, Profile
from isocentre.core.dicom.walk import MalformedDicom
from isocentre.profiles import load
from isocentre.rooms.deid import door
from isocentre.rooms.deid.work import Terms, context_of, told_by
from isocentre.rooms.intake import door as intake


@dataclass(frozen=True)
class Tried:
    """What the profile makes of one image: `stopped` says why it would not be sent on; else line by line, with why.

    `cleaned`: the picture would be cleaned first, or the image held; here it was not read. `faceless`: so would its
    face be removed, were it a head without a waiver. `known`: what was known of the patient.
    """

    stopped: str = ""
    found: str = ""
    lines: tuple[tuple[Line, str], ...] = ()
    sop_class: str = ""
    cleaned: bool = False
    faceless: bool = False
    known: tuple[str, ...] = field(default=(), repr=False)


def attempt_pinned(row: Any) -> Tried:
    """As `attempt`, with the profile in force for the row's research study."""
    pinned = door.in_force(row.research_study)
    if pinned is None:
        return Tried("No profile is in force.")
    try:
        return attempt(row, load(pinned.name, pinned.version))
    except BadProfile:
        return Tried("The profile in force is not installed any more.")


def attempt(row: Any, profile: Profile) -> Tried:
    """The profile on the image of a ledger row, under a key made for this once: its pseudonym and UIDs lead nowhere."""
    study = intake.study(row.research_study)
    terms = Terms(study, (study.accepted if study else None) or {}, profile, secrets.token_bytes(32))
    try:
        context_of(row, Facts(), terms)
    except ValueError:
        return Tried("It has no patient id, so no pseudonym can be made.")
    path = intake.quarantine() / row.arrival.path
    if not path.is_file() or not path.stat().st_size:
        return Tried("The original is not here any more.")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as buffer:
        return _tried(buffer, profile, terms.key, context_of(row, told_by(buffer), terms))


def _tried(buffer: mmap.mmap, profile: Profile, key: bytes, context: engine.SubjectContext) -> Tried:
    made, passed = engine.deidentify(buffer, profile=profile, study_key=key, context=context), profile
    if cleaned := made.reason == "no_text_reader":
        # Reading pictures takes too long for a page; the header is what is looked at.
        passed = profile.without_cleaning()
        made = engine.deidentify(buffer, profile=passed, study_key=key, context=context)
    if faceless := made.reason == "face_series":
        # A face is found in a whole series; the header is shown as it is with a waiver.
        context = replace(context, face_waiver=True)
        made = engine.deidentify(buffer, profile=passed, study_key=key, context=context)
    if made.plan is None:
        words = f"{'It would be left out' if made.status == 'left_out' else 'It would be held'}: {made.words}"
        return Tried(words, cleaned=cleaned)
    findings = recheck.check(made.plan.head(buffer), needles=context.known, keyed_uids=not profile.keeps_uids)
    try:
        lines = beside(buffer, made.plan)
    except MalformedDicom as error:
        return Tried(f"The headers cannot be shown side by side: {error.reason}.")
    whys: dict[int, str] = {}
    for line in lines:
        if line.tag not in whys:
            whys[line.tag] = tell(profile, attribute(line.tag), (made.plan.sop_class_uid,)).why
    told = tuple((line, whys[line.tag]) for line in lines)
    return Tried(
        "", findings[0].words if findings else "", told, made.plan.sop_class_uid, cleaned, faceless, context.known
    )
