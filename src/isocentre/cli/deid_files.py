"""De-identify files of a folder: what is known of each patient, safe names for the copies, one file at a time."""

from __future__ import annotations

import mmap
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path

from isocentre.adapters.faces import face_cleaner
from isocentre.adapters.ocr import pixel_cleaner
from isocentre.core.deid import engine, identity, recheck
from isocentre.core.deid.faces.clean import FaceCleaner, TakenOff
from isocentre.core.deid.faces.cut import parse
from isocentre.core.deid.needles import prepare, search
from isocentre.core.deid.profile import Profile
from isocentre.core.dicom.header import Header, read_header
from isocentre.core.dicom.walk import Buffer, MalformedDicom
from isocentre.core.ids import is_uid

_NAMES = (0x00100010, 0x00101001, 0x00101005, 0x00101060, 0x00080090)
_NUMBERS = (0x00100020, 0x00101000, 0x00080050, 0x00200010)
_UIDS = (0x00080018, 0x0020000D, 0x0020000E)
_BIRTH = 0x00100030
UIDS_KEPT = 113110
_DATES = (0x00080012, 0x00080020, 0x00080021, 0x00080022, 0x00080023)


@dataclass(frozen=True, slots=True)
class Job:
    """One file to do. `known`: for the second check. `output`: below the destination, empty without a pseudonym.

    `series`: what belongs together, of one patient. `cut`: where the face of its series is taken off, or (reason,
    words) why it is not; empty where none is.
    """

    source: str
    output: str
    pseudonym: str = ""
    weeks: int = 0
    patient_id: str = field(default="", repr=False)
    known: tuple[str, ...] = field(default=(), repr=False)
    series: str = field(default="", repr=False)
    sop_class: str = ""
    body_part: str = ""
    cut: bytes | tuple[str, str] = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for the whole run."""

    source: Path
    destination: Path
    profile: Profile
    study_key: bytes = field(repr=False)
    face_waiver: bool = False
    maps: bool = False


@dataclass(slots=True)
class Done:
    """What became of one file; `words` say why in full, `uids` old to new when maps are wanted.

    `cleaned`: words that went from text that was cleaned, by reason. `pixels`: where text was in its picture. `face`:
    what was measured when the face was taken out of its series.
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
    uids: dict[str, str] = field(default_factory=dict, repr=False)
    patient: tuple[str, str] | None = field(default=None, repr=False)


@contextmanager
def mapped(path: Path) -> Iterator[Buffer]:
    """The bytes of a file, mapped; an empty file gives empty bytes."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as buffer:
            yield buffer


def find(source: Path) -> list[Path]:
    """Files under a folder (or the one file), sorted; links are not followed."""
    if source.is_file():
        return [source]
    found: list[Path] = []
    for folder, folders, names in os.walk(source):
        folders.sort()
        found += [Path(folder, name) for name in sorted(names) if not Path(folder, name).is_symlink()]
    return found


class Namer:
    """Gives each copy its name: the source's own, except that a part that tells of the patient is the pseudonym."""

    def __init__(self, source: Path) -> None:
        self._root = source if source.is_dir() else source.parent
        self._taken: set[str] = set()

    def job(self, path: Path, study_key: bytes) -> Job:
        """Read the header of a file and decide on its name; files that cannot be read get no name."""
        relative = path.relative_to(self._root)
        try:
            with mapped(path) as buffer:
                header = read_header(buffer)
                numbers, known, telling = _facts(header)
                patient_id, issuer = header.text(0x00100020), header.text(0x00100021)
                kind = (
                    f"{patient_id}|{issuer}|{header.text(_UIDS[2])}",
                    header.text(0x00080016),
                    header.text(0x00180015),
                )
        except (MalformedDicom, OSError):
            return Job(str(relative), "")
        try:
            key = identity.canonical_key(patient_id=patient_id, issuer=issuer)
        except ValueError:
            return Job(str(relative), "")
        pseudonym = identity.pseudonym(study_key, key)
        weeks = identity.shift_weeks(study_key, key)
        output = self._free(relative, [_safe(part, pseudonym, numbers, telling) for part in relative.parts])
        return Job(str(relative), output, pseudonym, weeks, patient_id, known, *kind)

    def _free(self, relative: Path, parts: list[str]) -> str:
        """The name, with a count where the pseudonym made two names alike."""
        name = Path(*parts)
        if parts[-1] != relative.name:
            name = name.with_name(parts[-1] + ".dcm")
        count, stem = 1, name.stem
        while str(name).casefold() in self._taken:
            count += 1
            name = name.with_name(f"{stem}-{count}{name.suffix}")
        self._taken.add(str(name).casefold())
        return str(name)


def _facts(header: Header) -> tuple[set[str], tuple[str, ...], tuple[str, ...]]:
    """Numbers that alone tell of the patient; what the second check looks for; what a path may not contain."""
    names = {header.text(tag) for tag in _NAMES}
    numbers = {header.text(tag) for tag in _NUMBERS}
    uids = {header.text(tag) for tag in _UIDS}
    dates = {header.text(tag)[:8] for tag in _DATES}
    known = {value for value in names | numbers | uids | {header.text(_BIRTH)} if len(value) >= 4}
    telling = known | {value for value in numbers | names | dates if len(value) >= 3}
    return numbers - {""}, tuple(sorted(known)), tuple(sorted(telling))


def _safe(part: str, pseudonym: str, numbers: set[str], telling: tuple[str, ...]) -> str:
    words = set(re.split(r"[^\w]+|_", part))
    if part in numbers or Path(part).stem in numbers or any(len(n) >= 2 and n in words for n in numbers):
        return pseudonym
    # Underscores join words in file names but would hide a name from a search for whole words; signs cut numbers.
    for form in (part, part.replace("_", " "), re.sub(r"[\W_]+", "", part)):
        if search(form.encode(), prepare(telling)) is not None:
            return pseudonym
    return part


def one(settings: Settings, job: Job) -> Done:
    """De-identify one file and write the copy; never raises for a bad file."""
    root = settings.source if settings.source.is_dir() else settings.source.parent
    try:
        with mapped(root / job.source) as buffer:
            return _one(settings, job, buffer)
    except OSError as error:
        return Done(job.source, None, "failed", "file", f"It could not be read or written: {error.strerror}.")


def _one(settings: Settings, job: Job, buffer: Buffer) -> Done:
    context = engine.SubjectContext(
        pseudonym=job.pseudonym, subject_id=job.pseudonym, sponsor="", protocol_id="", protocol_name="", site_id="",
        site_name="", time_point_id="", time_point_description="", study_day=None, face_waiver=settings.face_waiver,
        shift_weeks=job.weeks, known=job.known,
    )  # fmt: skip
    uids: dict[str, str] | None = {} if settings.maps else None
    made = engine.deidentify(
        buffer, profile=settings.profile, study_key=settings.study_key, context=context, uid_log=uids,
        pixels=_pixels(), face=taken_off(job.cut) if isinstance(job.cut, bytes) and job.cut else None,
    )  # fmt: skip
    if made.reason == "face_series" and isinstance(job.cut, tuple):
        made = replace(made, reason=job.cut[0], words=job.cut[1])
    done = Done(job.source, None, made.status, made.reason, made.words, made.report.actions, made.report.cleaned)
    done.pixels = [{"frame": one.frame, "box": list(one.box), "why": one.why} for one in made.pixels]
    if made.plan is None:
        return done
    if made.faceless and isinstance(job.cut, bytes):
        done.face = taken_off(job.cut).cut.figures
    if not job.pseudonym:
        done.status, done.reason, done.words = "held", "no_patient_id", "It has no patient id, so no pseudonym."
        return done
    kept = UIDS_KEPT in settings.profile.options
    known = tuple(value for value in context.known if not (kept and is_uid(value)))
    if findings := recheck.check(made.plan.head(buffer), needles=known, keyed_uids=not kept):
        done.status, done.reason = "held", "second_check"
        done.words = f"The second check found: {findings[0].words}"
        return done
    _write(settings.destination / job.output, made.plan, buffer)
    done.output, done.uids, done.patient = job.output, uids or {}, (job.patient_id, job.pseudonym)
    return done


@cache
def _pixels() -> engine.PixelCleaner:
    """One for the process: what reads pictures is loaded once, with the first picture that is to be cleaned."""
    return pixel_cleaner()


@cache
def faces() -> FaceCleaner:
    """One for the process: what finds faces is loaded once, with the first head."""
    return face_cleaner()


@lru_cache(maxsize=2)
def taken_off(cut: bytes) -> TakenOff:
    """The cut of a series, and what lays it on its images."""
    return TakenOff(faces(), parse(cut))


def _write(path: Path, plan: engine.Plan, buffer: Buffer) -> None:
    """Write beside, then rename: a broken run leaves no half copy under a good name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with beside.open("wb") as file:
            for chunk in plan.chunks(buffer):
                file.write(chunk)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
