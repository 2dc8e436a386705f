"""A head before and after its face was removed, side by side: cut along its middle, and its surface from the front."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image
from scipy import ndimage

from isocentre.adapters.faces.shell import first
from isocentre.adapters.faces.volume import STEP, Look, Volume, body, levels, look
from isocentre.core.deid.faces.cut import Cut

LARGER = 2
"""Pixels shown for each point the head is looked at with."""


def picture(volume: Volume, cut: Cut) -> bytes:
    """A PNG in grey: left the original, right the result; above along the middle, below from the front."""
    level, _ = levels(volume)
    view = look(volume, np.asarray(cut.centre), np.asarray(cut.axes), level, cut.fill)
    back = view.low[1] + STEP * np.arange(view.values.shape[1])
    gone = back[None, :, None] < _depths(view, cut)[:, None, :]
    after = replace(view, values=np.where(gone, np.float32(cut.fill), view.values))
    after.head = body(after.values, view.seen, level)
    low, high = np.percentile(view.values[view.head], (1, 99)) if view.head.any() else (0.0, 1.0)
    low = min(float(low), level)
    rows = [
        np.hstack([draw(one) for one in (view, after)]) for draw in (lambda v: _middle(v, low, float(high)), _front)
    ]
    wide = max(row.shape[1] for row in rows)
    whole = np.vstack([np.pad(row, ((0, 0), (0, wide - row.shape[1]))) for row in rows])
    whole = whole.repeat(LARGER, axis=0).repeat(LARGER, axis=1)
    file = io.BytesIO()
    Image.fromarray(whole).save(file, "PNG")
    return file.getvalue()


def _depths(view: Look, cut: Cut) -> Any:
    """The depths of the cut at the columns (left, top) of a look along its axes."""
    depths = np.frombuffer(cut.depths, "<f4").reshape(cut.rows, cut.columns)
    left, top = (
        np.clip(np.rint((view.low[n] + STEP * np.arange(view.values.shape[n]) - low) / cut.step), 0, most - 1).astype(
            int
        )
        for n, low, most in ((0, cut.low[0], cut.columns), (2, cut.low[1], cut.rows))
    )
    return depths[np.ix_(top, left)].T


def _middle(view: Look, low: float, high: float) -> Any:
    """The plane in the middle of the head, its front to the left, its top above."""
    at = int(np.clip(round(-view.low[0] / STEP), 0, view.values.shape[0] - 1))
    spread = (view.values[at] - low) / max(high - low, 1e-6)
    return (np.clip(spread, 0, 1) * 255).astype(np.uint8).T[::-1]


def _front(view: Look) -> Any:
    """The surface of the head as somebody in front of it sees it, lit from above."""
    back = view.low[1] + STEP * np.arange(view.values.shape[1])
    skin = first(view.head, back)
    there = np.isfinite(skin)
    deep = ndimage.gaussian_filter(np.where(there, skin, back[-1]), 0.7)
    across, down = np.gradient(deep, STEP)
    light = (0.9 + 0.3 * across - 0.3 * down) / np.sqrt(1 + across**2 + down**2)
    return (np.clip(np.where(there, light, 0), 0, 1) * 255).astype(np.uint8).T[::-1]
