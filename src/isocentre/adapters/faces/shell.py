"""How deep a face is taken off: far enough that nothing of its shape is left, never as far as the brain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage

from isocentre.adapters.faces import template
from isocentre.adapters.faces.fit import Fit
from isocentre.adapters.faces.volume import STEP, Look

DEEP = 12.0
"""How far under the skin all is emptied, in mm; the skin is that of the deepest hollow nearby."""
NEARBY = 14.0
BEHIND = -18.0
"""Where the sides of a face end, in front of the ears, in mm of the template (front is negative)."""
SAFE = 5.0
"""Distance to the brain in mm that is never emptied."""
THICK = 13.0
"""Scalp and forehead bone together, in mm: nearer to the skin only what looks like brain is taken for it."""
NOTHING = -1e6


@dataclass(slots=True)
class Shell:
    """`depths` (left, top) up to where columns are emptied, in mm along the axis to the back; `face`: where it lies.

    `skin`: where each column meets the head first, NaN where it does not. `brain`: what was found to be brain.
    """

    depths: Any
    face: Any
    skin: Any
    brain: Any


def shell(view: Look, fit: Fit, hounsfield: bool) -> Shell:
    """The shell of a head, in a look along the head's own axes."""
    left, back, top = (view.low[n] + STEP * np.arange(view.values.shape[n]) for n in range(3))
    points = np.stack(np.meshgrid(left, back, top, indexing="ij"), -1) / fit.size
    away = template.brain(points)
    brain = found_brain(view, points, away, hounsfield)
    under = ndimage.distance_transform_edt(view.head | ~view.seen, sampling=STEP) > THICK
    kept = ((away <= 0) & under) | brain
    kept = ndimage.distance_transform_edt(~kept, sampling=STEP) <= SAFE
    skin = first(view.head, back)
    limit = BEHIND * fit.size[1]
    face = (top[None, :] < template.BROW * fit.size[2]) & (skin < limit)
    reach = _disc(NEARBY)
    deepest = ndimage.grey_dilation(np.where(face, skin, NOTHING), footprint=reach)
    spread = ndimage.binary_dilation(face, _disc(NEARBY / 2)) & (top[None, :] < template.BROW * fit.size[2])
    depths = np.where(spread, np.minimum(deepest + DEEP, limit), np.nan)
    depths = _smooth(depths, 6.0)
    behind = np.where(kept.any(axis=1), back[kept.argmax(axis=1)] - STEP, np.inf)
    depths = np.minimum(depths, behind)
    return Shell(np.where(spread, depths, NOTHING), face, skin, brain)


def first(head: Any, back: Any) -> Any:
    """Where each column (left, top), looked at from the front, meets the head; NaN where it does not."""
    return np.where(head.any(axis=1), back[head.argmax(axis=1)], np.nan)


def found_brain(view: Look, points: Any, away: Any, hounsfield: bool) -> Any:
    """What looks like brain: soft tissue that hangs together with the middle of the head, bone and fat apart."""
    core = template.inside(points, template.CORE) & view.seen
    if not core.any():
        return core
    values = ndimage.gaussian_filter(view.values, 0.5)
    middle = float(np.median(values[core]))
    tissue = (values > 0) & (values < 100) if hounsfield else (values > 0.45 * middle) & (values < 1.7 * middle)
    near = tissue & (away < 6) & view.seen
    small = ndimage.distance_transform_edt(near, sampling=STEP) > 4.0
    labels, _ = ndimage.label(small)
    inside = np.unique(labels[core])
    whole = np.isin(labels, inside[inside > 0])
    grown = (ndimage.distance_transform_edt(~whole, sampling=STEP) <= 4.0) & near
    return ndimage.binary_closing(grown, iterations=3) | grown


def _disc(radius: float) -> Any:
    reach = int(radius / STEP)
    at = np.arange(-reach, reach + 1)
    return at[:, None] ** 2 + at[None, :] ** 2 <= reach**2


def _smooth(depths: Any, sigma: float) -> Any:
    """Smoothed where there is a depth, as if there were nothing elsewhere."""
    there = np.isfinite(depths)
    weight = ndimage.gaussian_filter(there.astype(np.float32), sigma / STEP)
    total = ndimage.gaussian_filter(np.where(there, depths, 0).astype(np.float32), sigma / STEP)
    return np.where(there, total / np.maximum(weight, 1e-6), np.nan)
