"""A made-up adult head: outer surface and brain as ellipsoids, in mm from the middle of the skull (left, back, top).

Sizes are those of an average adult (head 195 mm long, 154 mm broad, vertex to chin 226 mm); nothing is taken from a
scan of anybody.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_OUTER = (
    # centre, half axes
    ((0, 0, 0), (77, 97, 88)),  # skull with scalp
    ((0, -45, -65), (62, 50, 76)),  # face
    ((0, -94, -53), (15, 24, 24)),  # nose
    ((0, -72, -122), (28, 22, 20)),  # chin
    ((0, 10, -120), (60, 62, 95)),  # jaw and neck
)
_BRAIN = (
    ((0, 0, 12), (67, 83, 66)),  # cerebrum
    ((38, -8, -28), (28, 42, 28)),  # temporal lobes
    ((-38, -8, -28), (28, 42, 28)),
    ((0, 42, -32), (50, 38, 32)),  # cerebellum
)
CORE = ((0.0, 5.0, 20.0), (45.0, 60.0, 40.0))
"""Where in any head there is brain and nothing else."""
BROW = 18.0
"""How high the face reaches: the middle of the forehead."""
NOSTRILS, EYES = -70.0, -24.0


def outer(points: Any) -> Any:
    """About how far points (n, 3) lie outside the head, in mm; negative inside. Right near the surface."""
    return _union(points, _OUTER)


def brain(points: Any) -> Any:
    """About how far points (n, 3) lie outside the brain, in mm; negative inside."""
    return _union(points, _BRAIN)


def inside(points: Any, which: Any) -> Any:
    """Which of points (n, 3) lie in one ellipsoid."""
    centre, half = which
    return (((points - np.asarray(centre)) / np.asarray(half)) ** 2).sum(axis=-1) <= 1


def _union(points: Any, shapes: Any) -> Any:
    found = None
    for centre, half in shapes:
        at, size = points - np.asarray(centre, float), np.asarray(half, float)
        near = np.sqrt(((at / size) ** 2).sum(axis=-1))
        slope = np.maximum(np.sqrt(((at / size**2) ** 2).sum(axis=-1)), 1e-9)
        away = near * (near - 1) / slope
        found = away if found is None else np.minimum(found, away)
    return found
