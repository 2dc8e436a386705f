"""Frozen records of a charter: kinds of scan, the series each has, and rules about attributes; and as plain data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, get_args

from isocentre.core.dicom import dictionary

RuleKind = Literal["exact", "one_of", "range", "tolerance", "present"]
KINDS: tuple[str, ...] = get_args(RuleKind)
DECIMALS = 4
"""Places after the point to which numbers are rounded, half to even, before they are compared."""
NUMERIC = frozenset({"DS", "IS", "FL", "FD", "US", "SS", "UL", "SL", "UV", "SV"})
UNITS = {
    "SliceThickness": "mm", "SpacingBetweenSlices": "mm", "PixelSpacing": "mm", "ImagerPixelSpacing": "mm",
    "ReconstructionDiameter": "mm", "DataCollectionDiameter": "mm", "TableHeight": "mm", "TotalCollimationWidth": "mm",
    "SingleCollimationWidth": "mm", "RepetitionTime": "ms", "EchoTime": "ms", "InversionTime": "ms", "FlipAngle": "deg",
    "MagneticFieldStrength": "T", "ImagingFrequency": "MHz", "PixelBandwidth": "Hz", "KVP": "kV",
    "XRayTubeCurrent": "mA", "ExposureTime": "ms", "Exposure": "mAs", "GantryDetectorTilt": "deg", "CTDIvol": "mGy",
    "DiffusionBValue": "s/mm2", "SAR": "W/kg",
}  # fmt: skip
"""Units in which DICOM gives an attribute (PS3.3); a charter that names another is refused, never converted."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What one attribute must be. `values`: of exact (one) and one_of. `least`, `most`: of range; None is no bound.

    `value` with `within` (absolute) or `percent` (of the value): of tolerance. Bounds are inclusive.
    """

    attribute: str
    kind: RuleKind
    values: tuple[str, ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None
    value: Decimal | None = None
    within: Decimal | None = None
    percent: Decimal | None = None
    unit: str = ""
    decimals: int = DECIMALS

    @property
    def numeric(self) -> bool:
        """Whether the attribute is a number, so that 5 and 5.0 are the same."""
        return is_numeric(self.attribute)

    @property
    def words(self) -> str:
        """What is wanted, as a person reads it."""
        unit = f" {self.unit}" if self.unit else ""
        if self.kind == "present":
            return "given in the header"
        if self.kind in ("exact", "one_of"):
            return " or ".join(self.values) + unit
        if self.kind == "tolerance":
            by = f"{self.percent} %" if self.within is None else f"{self.within}{unit}"
            return f"{self.value}{unit} ± {by}"
        if self.least is None:
            return f"at most {self.most}{unit}"
        return f"at least {self.least}{unit}" if self.most is None else f"{self.least} to {self.most}{unit}"


@dataclass(frozen=True, slots=True)
class Series:
    """A series that is expected. `description`, `protocol`: one of these stands in it, in any case; empty: any.

    `not_description`: none of these does.
    """

    name: str
    modality: str
    description: tuple[str, ...] = ()
    not_description: tuple[str, ...] = ()
    protocol: tuple[str, ...] = ()
    minimum_images: int = 1
    required: bool = True
    rules: tuple[Rule, ...] = ()

    @property
    def words(self) -> str:
        """Which series is meant, as a person reads it."""
        parts = [f"a series of modality {self.modality}"]
        if self.description:
            parts.append(f"whose description has {' or '.join(self.description)}")
        if self.not_description:
            parts.append(f"whose description has no {' and no '.join(self.not_description)}")
        if self.protocol:
            parts.append(f"whose protocol has {' or '.join(self.protocol)}")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class ScanKind:
    """A kind of scan: it is one that has series of all these modalities, at one of these time points (empty: any)."""

    name: str
    modalities: tuple[str, ...]
    time_points: tuple[str, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Charter:
    """One version of a research study's charter; `version` is 0 until it is kept."""

    title: str
    version: int
    scans: tuple[ScanKind, ...]


def is_numeric(attribute: str) -> bool:
    """Whether every value representation the standard gives the attribute is a number."""
    tag = dictionary.tag_of(attribute)
    return tag is not None and set(dictionary.vr(tag).split(" or ")) <= NUMERIC


def called(attribute: str) -> str:
    """The attribute as a person reads it: `Slice thickness`, `KVP`."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|[a-z]+|\d+", attribute)
    return " ".join([words[0], *(word if word.isupper() else word.lower() for word in words[1:])])


def plain(charter: Charter) -> dict[str, Any]:
    """The charter as JSON-able data, which `reading.parse` reads back as the same charter."""
    return {"title": charter.title, "version": charter.version, "scans": [_kind(one) for one in charter.scans]}


def _kind(one: ScanKind) -> dict[str, Any]:
    found: dict[str, Any] = {"name": one.name, "modalities": list(one.modalities)}
    if one.time_points:
        found["time_points"] = list(one.time_points)
    return {**found, "series": [_series(series) for series in one.series]}


def _series(one: Series) -> dict[str, Any]:
    found: dict[str, Any] = {"name": one.name, "modality": one.modality}
    for name in ("description", "not_description", "protocol"):
        if words := getattr(one, name):
            found[name] = list(words)
    found |= {"minimum_images": one.minimum_images, "required": one.required}
    return {**found, "rules": [_rule(rule) for rule in one.rules]}


def _rule(one: Rule) -> dict[str, Any]:
    found: dict[str, Any] = {"attribute": one.attribute}
    if one.kind == "present":
        found["present"] = True
    elif one.kind == "exact":
        found["exact"] = one.values[0]
    elif one.kind == "one_of":
        found["one_of"] = list(one.values)
    else:
        names = ("least", "most") if one.kind == "range" else ("value", "within", "percent")
        found[one.kind] = {name: str(bound) for name in names if (bound := getattr(one, name)) is not None}
    if one.unit:
        found["unit"] = one.unit
    if one.decimals != DECIMALS:
        found["decimals"] = one.decimals
    return found
