"""Look at the result once more: is the face's surface gone, its shape too, and the brain whole.

Works on the emptied picture alone: the head in it is found anew, as anybody would who wants to see the face.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy import ndimage

from isocentre.adapters.faces import template
from isocentre.adapters.faces.fit import Fit
from isocentre.adapters.faces.shell import Shell, first
from isocentre.adapters.faces.volume import STEP, Look, body
from isocentre.core.deid.faces.cut import SHAPE_LEFT, SURFACE_LEFT
from isocentre.core.ports import NoFace

SMALLEST = 30.0
"""Least surface of a face in cm², seen from the front, that must have been there to be found."""
MOST = 0.25
"""Share of the head that may be emptied."""


def check(view: Look, fit: Fit, shell: Shell, level: float) -> dict[str, float]:
    """What is left after emptying, as figures; NoFace when a face may still be seen or the brain is touched."""
    back = view.low[1] + STEP * np.arange(view.values.shape[1])
    gone = back[None, :, None] < shell.depths[:, None, :]
    after = replace(view, values=np.where(gone, np.float32(view.air), view.values))
    after.head = body(after.values, view.seen, level)
    zone = _zone(view, fit, shell)
    area = zone.sum() * STEP**2 / 100
    if area < SMALLEST:
        raise NoFace("too little of the face is in its pictures to find it for certain")
    figures = {
        "face_cm2": float(area),
        "surface_left": _left(view, after, zone),
        "shape_left": _shape(first(view.head, back), first(after.head, back), zone),
        "emptied": float((gone & view.head).sum() / max(view.head.sum(), 1)),
        "brain_emptied": float((gone & shell.brain).sum()),
        "brain_ml": float(shell.brain.sum() * STEP**3 / 1000),
    }
    if figures["brain_emptied"]:
        raise NoFace("the brain would be touched")
    if figures["surface_left"] > SURFACE_LEFT or figures["shape_left"] > SHAPE_LEFT:
        raise NoFace("some of the face would still be seen")
    if figures["emptied"] > MOST:
        raise NoFace("too much of the head would be lost")
    return {name: round(value, 4) for name, value in figures.items()}


def _zone(view: Look, fit: Fit, shell: Shell) -> Any:
    """Columns (left, top) in which the front of the face was: between the ears, below the middle of the forehead."""
    left, top = (view.low[n] + STEP * np.arange(view.values.shape[n]) for n in (0, 2))
    near = np.abs(left / fit.size[0])[:, None] < 62
    low = top[None, :] / fit.size[2]
    return shell.face & near & (low < template.BROW - 8) & (low > -140)


def _left(view: Look, after: Look, zone: Any) -> float:
    """The share of the face's front surface at which, within a voxel, the emptied picture still has a surface."""
    front = view.head & (np.cumsum(view.head, axis=1) <= 2) & zone[:, None, :]
    edge = after.head & ndimage.binary_dilation(~after.head & after.seen)
    return float((front & edge).sum() / max(front.sum(), 1))


def _shape(before: Any, after: Any, zone: Any) -> float:
    """How much of the relief of the face the new front still has: the slope of the one on the other, from 0 to 1."""
    inner = ndimage.binary_erosion(zone, iterations=2)
    there = np.isfinite(before) & np.isfinite(after) & inner
    if there.sum() < 50:
        return 0.0
    old, new = (_relief(skin)[there] for skin in (before, after))
    old, new = (np.clip(one - one.mean(), -20, 20) for one in (old, new))
    return float(max((old * new).sum() / max((old * old).sum(), 1e-6), 0.0))


def _relief(skin: Any) -> Any:
    """How far a front (left, top) stands out from itself smoothed over 12 mm."""
    known = np.isfinite(skin)
    weight = ndimage.gaussian_filter(known.astype(float), 12 / STEP)
    return skin - ndimage.gaussian_filter(np.where(known, skin, 0.0), 12 / STEP) / np.maximum(weight, 1e-6)
