"""Find where a face is taken off a head, and lay that on slices: the port `FaceRemover`, with numpy and scipy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from isocentre.adapters.faces.check import check
from isocentre.adapters.faces.fit import Fit, fit
from isocentre.adapters.faces.preview import picture
from isocentre.adapters.faces.shell import shell
from isocentre.adapters.faces.volume import STEP, Volume, assemble, levels, look
from isocentre.core.deid.faces.cut import Cut
from isocentre.core.deid.faces.geometry import Grid, Plane, Vector
from isocentre.core.ports import NoFace, Slice

MEDIAN, FAR = 6.0, 16.0
"""How far, in mm, half and nine tenths of the surface may lie from the made-up head."""
_SIZE = (0.7, 1.35)
_TURNED = 0.85
"""A head fits as it says it lies: one that looked the other way may not fit better by more than this."""


class Remover:
    """Implements `FaceRemover`."""

    def find(self, grid: Grid, slices: Iterable[Slice], hounsfield: bool) -> Cut:
        """See the port. About three seconds a head on one core."""
        return cut_of(assemble(grid, slices, hounsfield), grid)

    def show(self, cut: Cut, slices: Iterable[Slice], hounsfield: bool) -> bytes:
        """See the port."""
        mine = (one for one in slices if cut.grid.holds(one.plane))
        return picture(assemble(cut.grid, mine, hounsfield), cut)

    def runs(self, cut: Cut, plane: Plane) -> list[tuple[int, int]]:
        """See the port."""
        flat = np.concatenate([[False], emptied(cut, plane).ravel(), [False]])
        edges = np.flatnonzero(flat[1:] != flat[:-1])
        return [(int(a), int(b - a)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def cut_of(volume: Volume, grid: Grid) -> Cut:
    """The cut of a thinned volume; NoFace when there is no face, or it would not be gone."""
    level, air = levels(volume)
    lies = fit(look(volume, np.zeros(3), np.eye(3), level, air))
    _like_a_head(lies)
    view = look(volume, lies.centre, lies.axes, level, air)
    made = shell(view, lies, volume.hounsfield)
    figures = check(view, lies, made, level)
    figures |= {"surface_median_mm": round(lies.median, 2), "surface_far_mm": round(lies.far, 2)}
    depths = np.ascontiguousarray(made.depths.T, "<f4")
    return Cut(
        grid=grid, centre=_vector(lies.centre), axes=(_vector(lies.axes[0]), _vector(lies.axes[1]),
        _vector(lies.axes[2])), low=(float(view.low[0]), float(view.low[2])), step=STEP, columns=depths.shape[1],
        rows=depths.shape[0], depths=depths.tobytes(), fill=air, figures=figures,
    )  # fmt: skip


def emptied(cut: Cut, plane: Plane) -> Any:
    """Which pixels (rows, columns) of a frame lie in front of the cut."""
    axes = np.asarray(cut.axes)
    origin = axes @ (np.asarray(plane.origin) - cut.centre)
    across, down = (axes @ np.asarray(step) for step in (plane.across, plane.down))
    row, column = np.arange(plane.rows, dtype=np.float32)[:, None], np.arange(plane.columns, dtype=np.float32)[None]
    left, back, top = (origin[n] + across[n] * column + down[n] * row for n in range(3))
    depths = np.frombuffer(cut.depths, "<f4").reshape(cut.rows, cut.columns)
    x = np.rint((left - cut.low[0]) / cut.step).astype(np.int32)
    z = np.rint((top - cut.low[1]) / cut.step).astype(np.int32)
    there = (x >= 0) & (x < cut.columns) & (z >= 0) & (z < cut.rows)
    return there & (back < depths[np.clip(z, 0, cut.rows - 1), np.clip(x, 0, cut.columns - 1)])


def _like_a_head(lies: Fit) -> None:
    if lies.median > MEDIAN or lies.far > FAR or not all(_SIZE[0] < one < _SIZE[1] for one in lies.size):
        raise NoFace("what it shows does not look like a head")
    ahead, behind = lies.turned
    if behind < _TURNED * ahead:
        raise NoFace("its front cannot be told from its back")


def _vector(values: Any) -> Vector:
    return float(values[0]), float(values[1]), float(values[2])
