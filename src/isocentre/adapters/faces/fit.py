"""Lay the made-up head on the surface of a real one: where it is, how it is turned, how large it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage, optimize

from isocentre.adapters.faces import template
from isocentre.adapters.faces.volume import STEP, Look
from isocentre.core.ports import NoFace

_POINTS, _FEW = 4000, 700
_VERTEX = 88.0
_LOOSE = 6.0
"""Distance in mm from which on a point of the surface counts less: rests, tubes, hair, ears."""
_REACH = 240.0
"""How far below the highest point a head may reach, in mm."""


@dataclass(slots=True)
class Fit:
    """Where a head lies. `centre` in mm (LPS); rows of `axes`: its left, back and top; `size` beside the template.

    `median` and `far`: how far the surface lies from the template, in mm: half of it nearer, nine tenths nearer.
    `turned`: the cost, and that of a head that looks the other way.
    """

    centre: Any
    axes: Any
    size: Any
    median: float
    far: float
    turned: tuple[float, float]

    def template(self, points: Any) -> Any:
        """Points (n, 3) of the patient in the template's system."""
        return (points - self.centre) @ self.axes.T / self.size


def fit(view: Look) -> Fit:
    """Where the head is in a look along the patient's own axes; NoFace when nothing like a head is there."""
    points = surface(view)
    if len(points) < 1500:
        raise NoFace("there is too little of a head in its pictures")
    chance = np.random.default_rng(1)
    top = float(points[:, 2].max())
    points = points[points[:, 2] > top - _REACH]
    few, many = (points[chance.permutation(len(points))[:n]] for n in (_FEW, _POINTS))
    upper = points[points[:, 2] > top - 100]
    middle = (upper.min(axis=0) + upper.max(axis=0)) / 2
    tries = [
        _solve(few, _start(middle, top, pitch, yaw, lift), 40)
        for yaw in (0.0, np.pi)
        for pitch in (-0.25, 0.1)
        for lift in (0.0, 30.0)
    ]
    ahead, behind = (min(tries[at : at + 4], key=lambda one: float(one.cost)) for at in (0, 4))
    best = _solve(many, ahead.x, 60)
    other = _solve(many, behind.x, 60)
    away = np.abs(_away(best.x, many))
    found = Fit(
        best.x[:3], _axes(best.x[3:6]), np.exp(best.x[6:9]), float(np.median(away)), float(np.percentile(away, 90)),
        (float(best.cost), float(other.cost)),
    )  # fmt: skip
    return found


def surface(view: Look) -> Any:
    """Points (n, 3) in mm where the head meets air that was seen; not where the picture ends."""
    air = ~view.head & view.seen
    edge = view.head & ndimage.binary_dilation(air)
    return np.argwhere(edge) * STEP + view.low


def _start(middle: Any, top: float, pitch: float, yaw: float, lift: float) -> Any:
    return np.array([middle[0], middle[1], top - _VERTEX + lift, pitch, 0.0, yaw, 0.0, 0.0, 0.0])


def _axes(turn: Any) -> Any:
    """Rows: the head's axes after turning about left (nodding), back (tilting) and top (shaking), in radians."""
    (a, b, c), eye = turn, np.eye(3)
    nod, tilt, shake = eye.copy(), eye.copy(), eye.copy()
    nod[1:, 1:] = (np.cos(a), -np.sin(a)), (np.sin(a), np.cos(a))
    tilt[::2, ::2] = (np.cos(b), np.sin(b)), (-np.sin(b), np.cos(b))
    shake[:2, :2] = (np.cos(c), -np.sin(c)), (np.sin(c), np.cos(c))
    return nod @ tilt @ shake


def _away(x: Any, points: Any) -> Any:
    size = np.exp(x[6:9])
    return template.outer((points - x[:3]) @ _axes(x[3:6]).T / size) * size.mean()


def _solve(points: Any, start: Any, most: int) -> Any:
    weight = 4 * np.sqrt(len(points))
    # Heads differ little in size and shape, and are seldom tilted or turned far.
    shake = start[5]

    def residuals(x: Any) -> Any:
        kept = np.array(
            [x[3] / 0.35, x[4] / 0.25, (x[5] - shake) / 0.3, *(x[6:9] / 0.10), *((x[6:9] - x[6:9].mean()) / 0.06)]
        )
        return np.concatenate([_away(x, points), kept * weight])

    return optimize.least_squares(residuals, start, loss="soft_l1", f_scale=_LOOSE, max_nfev=most, x_scale=[
        10, 10, 10, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05])  # fmt: skip
