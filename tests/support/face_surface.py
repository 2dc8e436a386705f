"""Whether a face can be seen on the surface of a head: a judge that shares nothing with what takes faces off.

It knows no made-up head and lays none on. It stands before the patient, casts rays to the back, and looks at where they
first meet the head: a face has a nose, a ridge between two cheeks, and without its face a head has none. Pictures are
read with pydicom, and their geometry is worked out anew.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

MM = 2.0
"""Distance of rays, and of the points along a ray."""
FLANK, CHEEK, WIDE = 20.0, 30.0, 40.0
"""How far beside a ridge its flanks are looked at, what they stand on, and the last of the cheeks, in mm."""
LOWEST, HIGHEST = 5.0, 36.0
"""How far a nose stands out over its flanks, in mm. What stands out further stands in a hole."""
TALL, AREA, OUT = 28.0, 2.5, 16.0
"""The smallest nose: how tall in mm, of what area in cm², and how far out in mm at its tip."""
DUST = 2500
"""Fewer points than these (20 ml) that hang together are not the head: noise, a cable."""
UNDER = 15.0
"""Something is under a nose, at least so much in mm; a ridge that runs to the end of the picture is a neck."""
STAYS = 3.0
"""A surface nearer than this to where it was has stayed there, in mm."""


@dataclass(frozen=True)
class Space:
    """A volume along the patient's own axes: `values` (left, back, top) every `MM`, from `low` (LPS, mm)."""

    values: np.ndarray
    low: np.ndarray


@dataclass(frozen=True)
class Ridge:
    """The largest ridge of a surface: how tall in mm, its area in cm², how far it stands out in mm, and where it is."""

    tall: float
    area: float
    out: float
    where: np.ndarray

    @property
    def nose(self) -> bool:
        """Whether it is one."""
        return self.tall >= TALL and self.area >= AREA and self.out >= OUT


def space(slices) -> Space:
    """The volume of the pydicom data sets of one series, in any order."""
    across, down = (np.array(slices[0].ImageOrientationPatient[n : n + 3], float) for n in (0, 3))
    normal = np.cross(across, down)
    slices = sorted(slices, key=lambda ds: float(normal @ np.array(ds.ImagePositionPatient, float)))
    voxels = np.stack([_values(ds) for ds in slices])
    first, last = (np.array(slices[n].ImagePositionPatient, float) for n in (0, -1))
    rows, columns = (float(one) for one in slices[0].PixelSpacing)
    steps = np.stack([(last - first) / (len(slices) - 1), down * rows, across * columns], axis=1)
    corners = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)]) * (np.array(voxels.shape) - 1)
    placed = corners @ steps.T + first
    low, high = placed.min(axis=0), placed.max(axis=0)
    back = np.linalg.inv(steps)
    # Averaged before: voxels that lie between rays count too.
    thin = ndimage.uniform_filter(voxels, [max(round(MM / np.linalg.norm(one)), 1) for one in steps.T])
    values = ndimage.affine_transform(
        thin, back * MM, back @ (low - first), tuple(int(n) for n in (high - low) // MM + 1), order=1, mode="constant",
        cval=float(voxels.min()),
    )  # fmt: skip
    return Space(values, low)


def air(volume: Space, ct: bool) -> float:
    """The value over which there is something: in HU, or for MR by the noise in front of the patient."""
    if ct:
        return -300.0
    return float(max(5 * np.median(volume.values[:, :3]), 0.12 * np.percentile(volume.values, 99.5)))


def front(volume: Space, over: float) -> np.ndarray:
    """How far back each ray (left, top) from the front first meets something, in mm (LPS); NaN where it does not.

    It must go on for three points.
    """
    solid = volume.values > over
    labels, _ = ndimage.label(solid)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    solid = sizes[labels] >= DUST
    met = solid[:, :-2] & solid[:, 1:-1] & solid[:, 2:]
    return np.where(met.any(axis=1), volume.low[1] + MM * met.argmax(axis=1), np.nan)


def ridge(depth: np.ndarray) -> Ridge:
    """The largest ridge between two cheeks, and over a mouth, in what the rays met."""
    flank, cheek = (_beside(depth, at) for at in (FLANK, CHEEK))
    over = flank - depth
    # Cheeks go on as flanks began: a rim between holes has none, and a jaw or forehead falls away faster and faster.
    tent = (over > LOWEST) & (over < HIGHEST) & (cheek > flank - 3) & (cheek - flank < 0.5 * over)
    level = (_uneven(depth, FLANK) < FLANK) & (_uneven(depth, WIDE) < 0.75 * WIDE)
    labels, count = ndimage.label(tent & level & _middle(depth)[:, None])
    end = np.isfinite(depth).any(axis=0).argmax() + UNDER / MM
    best = Ridge(0.0, 0.0, 0.0, np.zeros(depth.shape, bool))
    for number in range(1, count + 1):
        where = labels == number
        rows = where.any(axis=0)
        one = Ridge(float(MM * rows.sum()), float(where.sum() * MM**2 / 100), float(over[where].max()), where)
        best = max(best, one, key=lambda it: it.area) if rows.argmax() > end else best
    return best


def stayed(before: np.ndarray, after: np.ndarray, nose: Ridge) -> float:
    """The share of the face beside and under a nose that rays meet where they met it before; the nose too."""
    columns, rows = (nose.where.any(axis=axis).nonzero()[0] for axis in (1, 0))
    beside, under = round(40 / MM), round(50 / MM)
    left, low = max(columns.min() - beside, 0), max(rows.min() - under, 0)
    about = slice(left, columns.max() + beside), slice(low, rows.max())
    return float((np.abs(after - before)[about] < STAYS).sum() / np.isfinite(before[about]).sum())


def _values(ds) -> np.ndarray:
    return ds.pixel_array.astype(np.float32) * float(ds.get("RescaleSlope", 1)) + float(ds.get("RescaleIntercept", 0))


def _beside(depth: np.ndarray, away: float) -> np.ndarray:
    """The mean depth so far to the left and to the right: turning a head brings one nearer and the other not."""
    return _sides(depth, away, lambda left, right: (left + right) / 2)


def _uneven(depth: np.ndarray, away: float) -> np.ndarray:
    """How far the depths so far to the left and to the right differ."""
    return _sides(depth, away, lambda left, right: np.abs(left - right))


def _sides(depth, away, rule):
    by, out = round(away / MM), np.full(depth.shape, np.nan)
    out[by:-by] = rule(depth[2 * by :], depth[: -2 * by])
    return out


def _middle(depth: np.ndarray) -> np.ndarray:
    """Which columns are the middle third of the head."""
    there = np.isfinite(depth).any(axis=1).nonzero()[0]
    return np.abs(np.arange(depth.shape[0]) - there.mean()) < len(there) / 6
