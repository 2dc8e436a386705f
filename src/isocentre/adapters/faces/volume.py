"""Put slices together to a small volume, and tell the head in it from the air around."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage

from isocentre.core.deid.faces.geometry import Grid
from isocentre.core.ports import NoFace, Slice

STEP = 2.0
"""Distance of the points a head is looked at with, in mm."""
_SKIN = -400.0
"""HU from which on a voxel belongs to the body."""


@dataclass(slots=True)
class Volume:
    """A volume thinned to about `STEP` mm: `values` (slice, row, column); `affine`: 4×4, from index to LPS in mm."""

    values: Any
    affine: Any
    hounsfield: bool


@dataclass(slots=True)
class Look:
    """A volume on a grid of `STEP` mm along three axes: values, where it was seen, where the head is.

    Axes of the arrays: left, back, top. `low`: where the first point lies, in the system of those axes.
    """

    values: Any
    seen: Any
    head: Any
    low: Any
    air: float


def pixels(one: Slice) -> Any:
    """The rescaled values of a native frame, (rows, columns) of float32."""
    layout = one.layout
    kind = {8: "u1", 16: "u2"}[layout.bits].replace("u", "i" if layout.signed else "u")
    raw = np.frombuffer(one.data, ("<" if layout.little else ">") + kind, layout.rows * layout.columns)
    raw = raw.reshape(layout.rows, layout.columns).astype(np.int32)
    if layout.stored < layout.bits:
        # Bits above those stored may hold anything.
        raw = raw & ((1 << layout.stored) - 1)
        if layout.signed:
            raw = np.where(raw >= 1 << layout.stored - 1, raw - (1 << layout.stored), raw)
    return (raw * one.slope + one.intercept).astype(np.float32)


def assemble(grid: Grid, slices: Iterable[Slice], hounsfield: bool) -> Volume:
    """The thinned volume of slices in any order; those at one place are averaged."""
    plane = grid.first
    across, down, through = (np.asarray(v, float) for v in (plane.across, plane.down, grid.through))
    thin = [max(int(STEP / np.linalg.norm(v) + 0.25), 1) for v in (through, down, across)]
    shape = (-(-grid.slices // thin[0]), plane.rows // thin[1], plane.columns // thin[2])
    values, counts = np.zeros(shape, np.float32), np.zeros(shape[0], np.float32)
    for one in slices:
        small = pixels(one)[: shape[1] * thin[1], : shape[2] * thin[2]]
        small = small.reshape(shape[1], thin[1], shape[2], thin[2]).mean(axis=(1, 3))
        at = min(max(round(grid.index(one.plane)), 0), grid.slices - 1) // thin[0]
        values[at] += small
        counts[at] += 1
    if not counts.all():
        raise NoFace("slices of its series are missing")
    values /= counts[:, None, None]
    affine = np.eye(4)
    for column, (step, by) in enumerate(zip((through, down, across), thin, strict=True)):
        affine[:3, column] = step * by
        affine[:3, 3] += step * (by - 1) / 2
    affine[:3, 3] += plane.origin
    return Volume(values, affine, hounsfield)


def look(volume: Volume, centre: Any, axes: Any, level: float, air: float) -> Look:
    """The volume seen along three axes (rows of `axes`, unit vectors in LPS) from `centre`."""
    shape = np.asarray(volume.values.shape)
    corners = np.stack(np.meshgrid(*((-0.5, n - 0.5) for n in shape), indexing="ij"), -1).reshape(-1, 3)
    placed = (corners @ volume.affine[:3, :3].T + volume.affine[:3, 3] - centre) @ axes.T
    low = np.floor(placed.min(axis=0) / STEP) * STEP
    size = np.minimum(np.ceil((placed.max(axis=0) - low) / STEP).astype(int) + 1, 400)
    back = np.linalg.inv(volume.affine[:3, :3])
    matrix, start = back @ axes.T * STEP, back @ (axes.T @ low + centre - volume.affine[:3, 3])
    values = ndimage.affine_transform(
        volume.values, matrix, start, tuple(size), order=1, mode="nearest", output=np.float32
    )
    seen = _seen(matrix, start, size, shape)
    values[~seen] = air
    return Look(values, seen, body(values, seen, level), low, air)


def _seen(matrix: Any, start: Any, size: Any, shape: Any) -> Any:
    """Which points of a grid lie in the volume."""
    found = np.ones(tuple(size), bool)
    for row, offset, most in zip(matrix, start, shape, strict=True):
        steps = [row[n] * np.arange(size[n], dtype=np.float32) for n in range(3)]
        at = steps[0][:, None, None] + steps[1][None, :, None] + steps[2][None, None, :] + offset
        found &= (at >= -0.5) & (at <= most - 0.5)
    return found


def levels(volume: Volume) -> tuple[float, float]:
    """From which value on a voxel is the head's, and what air looks like, rescaled."""
    if volume.hounsfield:
        return _SKIN, -1000.0
    values = np.maximum(ndimage.gaussian_filter(volume.values, 0.7), 0)
    top = float(np.percentile(values, 99.5))
    if top <= float(values.min()):
        raise NoFace("its pictures are empty")
    root = np.sqrt(np.minimum(values, top))
    split = _otsu(root)
    below = values[root < split]
    air = float(np.median(below)) if below.size else 0.0
    spread = float(np.median(np.abs(below - air))) * 1.4826 if below.size else 0.0
    return float(np.clip(air + 6 * spread, (0.6 * split) ** 2, split**2)), air


def _otsu(values: Any) -> float:
    """The value that best parts values in two kinds (Otsu 1979)."""
    counts, edges = np.histogram(values, 256)
    middle = (edges[1:] + edges[:-1]) / 2
    low = np.cumsum(counts)
    high = low[-1] - low
    total = np.cumsum(counts * middle)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = low * high * (total / low - (total[-1] - total) / high) ** 2
    return float(middle[np.nanargmax(between[:-1])])


def body(values: Any, seen: Any, level: float) -> Any:
    """The largest thing over a level, its hollows filled: the head, without rests and what it lies on."""
    rough = (ndimage.gaussian_filter(values, 0.5) > level) & seen
    opened = ndimage.binary_opening(rough, iterations=1)
    labels, count = ndimage.label(opened)
    if not count:
        return np.zeros(values.shape, bool)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    found = ndimage.binary_dilation(labels == sizes.argmax(), iterations=1, mask=rough)
    # Where the picture ends, the head goes on: hollows open to the edge are hollows too.
    for axis in range(3):
        for number in range(found.shape[axis]):
            at = tuple(number if n == axis else slice(None) for n in range(3))
            found[at] = ndimage.binary_fill_holes(found[at])
    return found
