"""What is measured on an object, and what it refers to, before and after: one sweep over all that was put out.

Every number of every standard attribute at any depth must be as it was, and so must what is computed of it; `GOES`
names the exceptions. A reference to an object that was put out must lead to what was made of it. No part of the engine
is used.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydicom.datadict import keyword_for_tag

from isocentre.core.score.answers import SAFE
from isocentre.core.score.reading import Found
from support.corpus import measured

NUMBERS = frozenset({"AT", "DS", "FD", "FL", "IS", "OD", "OF", "OL", "OV", "OW", "SL", "SS", "SV", "UL", "US", "UV"})
GOES: Mapping[str, str] = {
    "(60xx,": "Overlays are drawings on the image, with text among them: they go whole (Table E.1-1).",
    "(0070,0001)": "Notes and marks drawn on the image go, unless they are cleaned (113103).",
    "(0008,1111)": "The performed procedure step is an entry in the hospital's own system (Table E.1-1).",
}
"""Attributes whose numbers may be gone, and why: a path without the numbers of its items, or how one begins."""
_LEVELS = ("(0008,0018)", "(0020,000E)", "(0020,000D)", "(0020,0052)")
_TAG = re.compile(r"\((\w{4}),(\w{4})\)$")
_SAFE = re.compile(r"\((\w{4}),\"([^\"]+)\",(\w\w)\)")
# Which attributes say how an image lies, what its values mean, and so on, for the count of what was compared.
_KINDS: Mapping[str, str] = {
    word: kind
    for kind, words in {
        "geometry": "Rows Columns NumberOfFrames PixelSpacing ImagerPixelSpacing SliceThickness SpacingBetweenSlices "
        "ImagePositionPatient ImageOrientationPatient SliceLocation GridFrameOffsetVector InStackPositionNumber "
        "DimensionIndexValues FrameOfReferenceTransformationMatrix PixelAspectRatio GantryDetectorTilt",
        "rescale": "RescaleSlope RescaleIntercept BitsStored PixelRepresentation WindowCenter WindowWidth",
        "diffusion": "DiffusionBValue DiffusionGradientOrientation DiffusionBMatrixXX EchoTime RepetitionTime",
        "real world values": "RealWorldValueSlope RealWorldValueIntercept RealWorldValueFirstValueMapped "
        "RealWorldValueLastValueMapped DoubleFloatRealWorldValueFirstValueMapped",
        "uptake": "RadionuclideTotalDose RadionuclideHalfLife PatientWeight PatientSize DecayFactor FrameReferenceTime "
        "ActualFrameDuration DoseCalibrationFactor RadiopharmaceuticalVolume",
        "dose grid": "DoseGridScaling",
        "dose histogram": "DVHData DVHDoseScaling DVHNumberOfBins DVHMinimumDose DVHMaximumDose DVHMeanDose",
        "beams": "BeamMeterset BeamDose GantryAngle LeafJawPositions CumulativeMetersetWeight IsocenterPosition "
        "SpecifiedMeterset DeliveredMeterset NumberOfFractionsPlanned",
        "contours": "ContourData NumberOfContourPoints ROINumber ReferencedROINumber ROIVolume ROIDisplayColor",
        "segments": "SegmentNumber ReferencedSegmentNumber",
        "graphics": "GraphicData DisplayedAreaTopLeftHandCorner DisplayedAreaBottomRightHandCorner",
        "measurements": "NumericValue",
    }.items()
    for word in words.split()
}


class Pair(NamedTuple):
    """One object that was put out: its name, and how it reads before and after."""

    name: str
    old: Found
    new: Found


@dataclass
class Sweep:
    """What was compared, by kind of quantity; what differs, as (object, what); what is gone by `GOES`, how often."""

    compared: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, str]] = field(default_factory=list)
    gone: Counter[str] = field(default_factory=Counter)


def sweep(pairs: Iterable[Pair]) -> Sweep:
    """Compare every object with what was made of it."""
    found, every = Sweep(), list(pairs)
    uids = _made_of(every, found)
    for pair in every:
        _numbers(pair, found)
        _references(pair, uids, found)
        for kind, same in measured.compared(pair.old, pair.new):
            _note(found, pair.name, kind, same)
    for kind, name, same in _of_series(every):
        _note(found, name, kind, same)
    return found


def _note(found: Sweep, name: str, kind: str, same: bool) -> None:
    found.compared[kind] += 1
    if not same:
        found.wrong.append((name, kind))


def _made_of(pairs: list[Pair], found: Sweep) -> dict[str, str]:
    """UIDs of instances, series, studies and frames of reference, old to new, as the objects say of themselves."""
    made: dict[str, str] = {}
    for name, old, new in pairs:
        for path in _LEVELS:
            if uid := old.values.get(path):
                same = made.setdefault(uid, new.values.get(path, "")) == new.values.get(path)
                _note(found, name, f"one UID for one, {path}", same)
    if len(set(made.values())) != len(made):
        found.wrong.append(("", "two UIDs became one"))
    return made


def _shape(path: str) -> str:
    """A path without the numbers of items, and of repeating groups."""
    return re.sub(r"\((50|60)\w\w,", r"(\1xx,", re.sub(r"\[\d+\]", "", path))


def _first_gone(path: str, new: Found) -> str:
    """The highest part of a path that is not there."""
    at = 0
    while (at := path.find(")", at) + 1) and path[:at] in new.values:
        pass
    return path[:at] if at else path


def _numbers(pair: Pair, found: Sweep) -> None:
    for path, value in pair.old.values.items():
        safe = _SAFE.search(path)
        if safe is not None:
            if _SAFE.fullmatch(path) and safe.groups() in SAFE and value:
                _note(found, pair.name, "private numbers", pair.new.values.get(path) == value)
            continue
        tag = _TAG.search(path)
        if tag is None or not value or pair.old.vrs[path] not in NUMBERS or int(tag[1], 16) & 1:
            continue
        if path not in pair.new.values:
            shape = _shape(_first_gone(path, pair.new))
            found.gone[shape] += 1
            if not any(shape.startswith(start) for start in GOES):
                found.wrong.append((pair.name, f"{shape} is gone, with {_word(tag)}"))
            continue
        kind = _KINDS.get(_word(tag), "other numbers")
        found.compared[kind] += 1
        if pair.new.values[path] != value:
            found.wrong.append((pair.name, f"{path} {_word(tag)}: {value[:40]} became {pair.new.values[path][:40]}"))


def _word(tag: re.Match[str]) -> str:
    return keyword_for_tag(int(tag[1] + tag[2], 16))


def _references(pair: Pair, uids: Mapping[str, str], found: Sweep) -> None:
    """Each UID that names an object, series, study or frame that was put out names what was made of it."""
    kind = pair.old.values.get("(0008,0060)", "")
    for path, value in pair.old.values.items():
        if pair.old.vrs[path] != "UI" or path in _LEVELS or path not in pair.new.values:
            continue
        for old, new in zip(value.split("\\"), pair.new.values[path].split("\\"), strict=False):
            if old in uids:
                found.compared[f"references of {kind}"] += 1
                if new != uids[old]:
                    found.wrong.append((pair.name, f"{path} leads elsewhere"))


def _of_series(pairs: list[Pair]) -> Iterator[tuple[str, str, bool]]:
    """Diffusion coefficients of series in which slices have several b values: kind, name, whether they are equal."""
    series: defaultdict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        if pair.old.values.get("(0008,0060)") == "MR":
            series[pair.old.values.get("(0020,000E)", "")].append(pair)
    for many in series.values():
        was = measured.diffusion([pair.old for pair in many])
        if was is not None:
            now: Any = measured.diffusion([pair.new for pair in many])
            yield "diffusion coefficients", many[0].name, measured.equal(was, now)
