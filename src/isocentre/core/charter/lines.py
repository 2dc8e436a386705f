"""A charter as the lines of a table, and what differs between two versions of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from isocentre.core.charter.records import DECIMALS, Charter, Rule, ScanKind, Series, called

SCAN, IMAGES, NEEDED = "Which scan", "Images", "Needed"
SERIES = "Which series"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing a charter asks: of which kind of scan and series (empty: of the scan), about what, and what it wants.

    `attribute` is its DICOM keyword where the line is a rule about one.
    """

    scan: str
    series: str
    what: str
    wanted: str
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A line that two versions do not share; `old` or `new` is empty where one does not have it."""

    scan: str
    series: str
    what: str
    old: str
    new: str


def lines(charter: Charter) -> list[Line]:
    """Everything the charter asks, in its order."""
    return [line for kind in charter.scans for line in _of_scan(kind)]


def changes(old: Charter, new: Charter) -> list[Change]:
    """What differs: lines of the new version in its order, then those that only the old one has. The title apart."""
    was, will = _by_place(old), _by_place(new)
    return [
        Change(*place, was.get(place, ""), will.get(place, ""))
        for place in [*will, *(place for place in was if place not in will)]
        if was.get(place) != will.get(place)
    ]


def _by_place(charter: Charter) -> dict[tuple[str, str, str], str]:
    """What is wanted by place; two rules about one attribute stand in one."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for line in lines(charter):
        found.setdefault((line.scan, line.series, line.what), []).append(line.wanted)
    return {place: " and ".join(wanted) for place, wanted in found.items()}


def _of_scan(kind: ScanKind) -> Iterator[Line]:
    points = " or ".join(kind.time_points) or "any time point"
    yield Line(kind.name, "", SCAN, f"{' with '.join(kind.modalities)}, at {points}")
    for series in kind.series:
        yield from _of_series(kind.name, series)


def _of_series(scan: str, one: Series) -> Iterator[Line]:
    yield Line(scan, one.name, SERIES, one.words)
    yield Line(scan, one.name, IMAGES, f"at least {one.minimum_images}")
    yield Line(scan, one.name, NEEDED, "yes" if one.required else "no, but right where it is there")
    for rule in one.rules:
        yield Line(scan, one.name, called(rule.attribute), _wanted(rule), rule.attribute)


def _wanted(rule: Rule) -> str:
    rounded = f", rounded to {rule.decimals} places" if rule.decimals != DECIMALS else ""
    return rule.words + rounded
