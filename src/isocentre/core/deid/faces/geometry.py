"""Where a slice lies in the patient, and whether slices make one whole volume (PS3.3 C.7.6.2)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from isocentre.core.deid.rules import Held
from isocentre.core.dicom.header import Header

Vector: TypeAlias = tuple[float, float, float]
FEWEST = 10
"""Fewest places at which slices must lie: fewer show too little of a head to find the face in it."""
_UNEVEN = 0.1
"""How far steps between slices may differ from each other, as a share of the step."""
_SMALLEST = 60.0
"""Shortest side of a volume, in mm."""


@dataclass(frozen=True, slots=True)
class Plane:
    """One slice: centre of its first pixel, and steps to the next pixel along a row and down a column, in mm (LPS)."""

    origin: Vector
    across: Vector
    down: Vector
    columns: int
    rows: int

    @property
    def normal(self) -> Vector:
        """The unit vector on the plane."""
        cross = _cross(self.across, self.down)
        return _times(cross, 1 / math.hypot(*cross))

    @property
    def place(self) -> float:
        """Where the plane lies along its normal, in mm."""
        return _dot(self.origin, self.normal)


@dataclass(frozen=True, slots=True)
class Grid:
    """A whole volume: its first plane, the step to the next one in mm (LPS), and how many places there are."""

    first: Plane
    through: Vector
    slices: int

    def index(self, plane: Plane) -> float:
        """Which slice a plane of this volume is, from 0; between and beyond them when it is none."""
        return (plane.place - self.first.place) / _dot(self.through, self.first.normal)

    def holds(self, plane: Plane) -> bool:
        """Whether a plane lies in this volume, between its first and last slice, and is cut in the same way."""
        if not same_cut(self.first, plane):
            return False
        at = self.index(plane)
        drift = _less(plane.origin, _plus(self.first.origin, _times(self.through, at)))
        return -0.1 <= at <= self.slices - 0.9 and math.hypot(*drift) < 1.0


def plane_of(header: Header) -> Plane:
    """The plane of a single-frame image; Held when its geometry is missing or makes no sense."""
    origin = _numbers(header.text(0x00200032), 3)
    cosines = _numbers(header.text(0x00200037), 6)
    spacing = _numbers(header.text(0x00280030), 2)
    row, column = cosines[:3], cosines[3:]
    if abs(math.hypot(*row) - 1) > 0.01 or abs(math.hypot(*column) - 1) > 0.01 or abs(_dot(row, column)) > 0.01:
        raise unfit("it does not say how it lies in the patient")
    if not all(0.05 < one < 30 for one in spacing):
        raise unfit("the distance of its pixels is missing")
    columns, rows = (_short(header, tag) for tag in (0x00280011, 0x00280010))
    return Plane(_three(origin), _times(row, spacing[1]), _times(column, spacing[0]), columns, rows)


def unfit(why: str) -> Held:
    """Held because no volume can be made of it."""
    return Held("face_left", f"The face cannot be removed: {why}.")


def same_cut(one: Plane, other: Plane) -> bool:
    """Whether two slices have the same size, direction and distance of pixels."""
    if (one.columns, one.rows) != (other.columns, other.rows):
        return False
    reach = max(one.columns, one.rows)
    return all(
        math.hypot(*_less(getattr(one, name), getattr(other, name))) * reach < 0.5 for name in ("across", "down")
    )


def grid_of(planes: Iterable[Plane]) -> Grid:
    """The volume these slices make, several at one place allowed; Held when they make none, or not a whole one."""
    listed = list(planes)
    if not listed:
        raise unfit("there are no slices")
    if not all(same_cut(listed[0], plane) for plane in listed):
        raise unfit("slices of its series differ in size or direction, as those of a localiser do")
    places: dict[float, list[Plane]] = defaultdict(list)
    for plane in listed:
        places[round(plane.place, 2)].append(plane)
    order = [places[at][0] for at in sorted(places)]
    if len(order) < FEWEST:
        raise unfit(f"its series has slices at {len(order)} places, and {FEWEST} are needed")
    through = _times(_less(order[-1].origin, order[0].origin), 1 / (len(order) - 1))
    step = math.hypot(*through)
    for number, plane in enumerate(order):
        away = _less(plane.origin, _plus(order[0].origin, _times(through, number)))
        if math.hypot(*away) > max(_UNEVEN * step, 0.1):
            raise unfit("slices of its series are missing, or lie unevenly")
    grid = Grid(order[0], through, len(order))
    sides = (
        math.hypot(*order[0].across) * order[0].columns, math.hypot(*order[0].down) * order[0].rows, step * len(order),
    )  # fmt: skip
    if min(sides) < _SMALLEST:
        raise unfit(f"its series shows only {min(sides):.0f} mm of the head")
    return grid


def _numbers(text: str, count: int) -> tuple[float, ...]:
    try:
        found = tuple(float(part) for part in text.split("\\"))
    except ValueError:
        found = ()
    if len(found) != count or not all(map(math.isfinite, found)):
        raise unfit("it does not say where it lies in the patient")
    return found


def _short(header: Header, tag: int) -> int:
    return int.from_bytes(header.bytes(tag)[:2], "little" if header.encoding.little else "big")


def _three(values: tuple[float, ...]) -> Vector:
    return values[0], values[1], values[2]


def _dot(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _times(one: tuple[float, ...], by: float) -> Vector:
    return one[0] * by, one[1] * by, one[2] * by


def _plus(one: Vector, other: Vector) -> Vector:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _less(one: Vector, other: Vector) -> Vector:
    return one[0] - other[0], one[1] - other[1], one[2] - other[2]
