"""Build the corpus: objects with planted people, written or in memory, and their keys for a policy."""

from __future__ import annotations

import io
import json
import random
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import pydicom
import yaml
from pydicom.errors import InvalidDicomError
from pydicom.uid import UID

from isocentre.core.deid.kinds import never
from isocentre.core.score.answers import Facts, Plant, Policy, facts, key
from isocentre.core.score.model import Answer, Expected, Key
from isocentre.core.score.reading import Found, Unreadable, read
from support.corpus import burning, pictured
from support.corpus.made import fresh
from support.corpus.people import person
from support.corpus.planting import Planter, renumber
from support.corpus.sources import LARGE, Source, all_sources, pictures, some

SEED = 20261124
TIMES = 5
_BURNED = ("UltrasoundImageStorage", "UltrasoundMultiFrameImageStorage", "SecondaryCaptureImageStorage")
_STORED_ANEW = ("(0028,0004)", "(0028,0006)")
_LABELLED = ("/slide_overview", "/slide_label")


@dataclass(frozen=True)
class Planted:
    """One object of the corpus: where it is to lie, its bytes, what it is, and what was planted into it.

    `burned`: a person stands in its picture, which is to be read and cleaned.
    """

    name: str
    source: str
    data: bytes = field(repr=False)
    found: Found = field(repr=False)
    plants: tuple[Plant, ...] = field(repr=False)
    pictures: tuple[Answer, ...] = field(repr=False)
    burned: bool = False


class Unfit(ValueError):
    """A source that nothing can be planted into, because pydicom cannot read all of it or write it again."""


def build(seed: int = SEED, share: float = 1.0) -> Iterator[Planted | tuple[str, str]]:
    """Every object, whole or a share of it; or name and reason of a source that could not be used."""
    sources = all_sources()
    chosen = sources if share >= 1 else some(sources, share, seed)
    taken: set[str] = set()
    for times in range(TIMES if share >= 1 else 1):
        for number, source in enumerate(chosen):
            if times and source.size > LARGE:
                continue
            try:
                yield plant(source, seed, times, number, taken)
            except Unfit as unfit:
                if not times:
                    yield source.name, str(unfit)


def build_pictures(seed: int = SEED, times: int = TIMES) -> Iterator[Planted]:
    """Every kind of image that text is read in, each with so many people in its picture."""
    taken: set[str] = set()
    for turn in range(times):
        for number, source in enumerate(pictures()):
            yield plant(source, seed, turn, number, taken)


_IMAGES = tuple(f"1.2.840.10008.5.1.4.1.1.{tail}" for tail in ("1", "1.1", "1.2", "2", "4", "20", "128"))


def _draw(ds: pydicom.Dataset) -> None:
    """A picture for images that are headers alone (DICOMDIR test files): without one they are held, and ask nothing."""
    if ds.get("SOPClassUID") in _IMAGES and "PixelData" not in ds and "Rows" not in ds:
        ds.Rows = ds.Columns = 2
        ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, "MONOCHROME2", 0
        ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 16, 15
        ds.add_new(0x7FE00010, "OW", bytes(range(8)))


def plant(source: Source, seed: int, times: int, number: int, taken: set[str]) -> Planted:
    """One source with one person in it; `taken` are the SOP instance UIDs so far (some files are one in two forms)."""
    who = person(random.Random(f"{seed}/{source.group}/{times}"))
    rng = random.Random(f"{seed}/{source.name}/{times}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pydicom, about values in real files that break the rules of their VR
        try:
            ds = pydicom.dcmread(io.BytesIO(source.data()))
            _draw(ds)
            renumber(ds, seed, source.group, times)
            if "SOPClassUID" not in ds or "StudyInstanceUID" not in ds:
                raise Unfit("it has no SOP class or no study")
            if ds.SOPInstanceUID in taken:
                ds.SOPInstanceUID = fresh(seed, source.name, times)
            taken.add(ds.SOPInstanceUID)
            ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
            if source.name.endswith(tuple(f"/{name}" for name in _BURNED)):
                burning.burn(ds, f"{who.spoken.encode('ascii', 'ignore').decode()} {who.patient_id}")
            if source.name.endswith(_LABELLED):
                spoken = who.spoken.encode("ascii", "ignore").decode()
                burning.write(ds, (spoken, who.patient_id, who.birth.strftime("%d/%m/%Y")))
            drawn = pictured.draw(ds, source.name, who, rng)
            planter = Planter(ds, who, rng)
            plants = planter.all()
            out = io.BytesIO()
            ds.save_as(out, enforce_file_format=True)
            found = read(out.getvalue())
        except (
            Unreadable,
            InvalidDicomError,
            OSError,
            ValueError,
            TypeError,
            AttributeError,
            KeyError,
            NotImplementedError,
        ) as error:
            raise Unfit(f"{type(error).__name__}: {str(error)[:100]}") from error
    folder = who.patient_id.replace("/", "-") if rng.random() < 0.1 else f"S{times}"
    return Planted(
        f"{source.group}/{folder}/IM{number:04d}",
        source.name,
        out.getvalue(),
        found,
        tuple(plants),
        tuple(burning.drawn(found, drawn.hidden, drawn.stays, drawn.around) if drawn else _pictures(ds, found)),
        drawn is not None,
    )


def _pictures(ds: pydicom.Dataset, found: Found) -> list[Answer]:
    if ds.get("SpecimenLabelInImage") == "YES":
        return burning.label_answers(found) if ds.ImageType[2] == "OVERVIEW" else []
    if ds.get("BurnedInAnnotation") == "YES" and ds.Columns >= burning.BOX[2] and ds.BitsAllocated == 8:
        return burning.answers(found)
    digest = found.digest("")
    return [Answer("pixels_retained", "(7FE0,0010)", digest, "pixels")] if digest else []


@dataclass(frozen=True)
class Promise:
    """What is asked of one profile: its policy; the SOP classes it lets pass, or "class word" for an image type, and
    those of which it cleans the picture."""

    policy: Policy
    passing: frozenset[str]
    cleaning: frozenset[str]


def promise(text: str) -> Promise:
    """Read from the text of a profile, by itself."""
    said = yaml.safe_load(text)
    codes = frozenset(int(option["code"]) for option in said["options"] or [])
    found: dict[str, set[str]] = {"pass": set(), "clean_pixels": set()}
    for rule in said["sop_classes"]:
        if "title" in rule:
            continue  # of these reports some pass, which nothing here tells apart
        words = str(rule.get("image_type", "")).split() or [""]
        uids = [uid for uid in str(rule["uid"]).split() if not never(uid)]
        found.setdefault(rule["do"], set()).update(f"{uid} {word}".strip() for uid in uids for word in words)
    policy = Policy(f"{said['name']} v{said['version']}", said["dates"], codes)
    return Promise(policy, frozenset(found["pass"]), frozenset(found["clean_pixels"]))


def keyed(planted: Planted, rows: Facts, asked: Promise) -> Key:
    """The key of one object under one profile."""
    made = key(
        planted.name, planted.found, planted.plants, rows, asked.policy, _expected(planted, asked), planted.pictures
    )
    if not planted.burned:
        return made
    # A picture that was compressed is stored anew once its text is black, and its colours may then lie in another way.
    answers = (one for one in made.answers if one.path not in _STORED_ANEW or one.action != "text_retained")
    return replace(made, answers=tuple(answers))


def _expected(planted: Planted, asked: Promise) -> Expected:
    """What the profile lets pass must come out, unless its picture may hold text or is not there as its size says, or a
    look at the outcome holds it. A picture with text in it must come out where the profile cleans pictures."""
    values = planted.found.values
    kind, said = values.get("(0008,0016)", ""), [*values.get("(0008,0008)", "").split("\\"), "", "", ""]
    shown = "SCREEN" in values.get("(0008,0008)", "").upper() or values.get("(0028,0301)") == "YES"
    frames = values.get("(0028,0008)", "").strip() or "1"
    image = "Image Storage" in UID(kind).name
    broken = not frames.isdigit() or (image and not planted.found.digest(""))
    these = asked.cleaning if planted.burned else asked.passing
    passes = kind in these or f"{kind} {said[2]}" in these
    return "pass" if passes and not ((shown and not planted.burned) or broken) else "either"


def rows_of(path: Path) -> Facts:
    """The rows of Table E.1-1 from ps315.json."""
    return facts(json.loads(path.read_text(encoding="utf-8")))


@cache
def corpus(share: float, seed: int = SEED) -> tuple[Planted, ...]:
    """The objects of a share, made once in a process."""
    return tuple(one for one in build(seed, share) if isinstance(one, Planted))
