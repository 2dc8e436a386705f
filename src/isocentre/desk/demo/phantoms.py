"""Made-up patients' pixels: a thorax with lesions of known size, a head, a PET hot spot. Nothing is read from disk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Slices = npt.NDArray[np.int16]
Grid = tuple[npt.NDArray[np.float64], ...]
SIZE = 96
"""Rows and columns of every demo image (pixels)."""


@dataclass(frozen=True)
class Lesion:
    """A ball: centre as fractions of the volume (z, y, x), diameter in mm. The known truth of the demo."""

    centre: tuple[float, float, float]
    diameter: float


def _grid(depth: int, spacing: tuple[float, float]) -> Grid:
    """Coordinates in mm, shaped (depth, SIZE, SIZE); `spacing` is (between slices, between pixels)."""
    z, y, x = np.mgrid[0:depth, 0:SIZE, 0:SIZE].astype(np.float64)
    return z * spacing[0], y * spacing[1], x * spacing[1]


def _ball(shape: Grid, lesion: Lesion) -> npt.NDArray[np.bool_]:
    at = [axis.max() * part for axis, part in zip(shape, lesion.centre, strict=True)]
    distance = sum((axis - middle) ** 2 for axis, middle in zip(shape, at, strict=True))
    return np.asarray(distance <= (lesion.diameter / 2) ** 2)


def _oval(shape: Grid, y: float, x: float, height: float, width: float) -> npt.NDArray[np.bool_]:
    _, ys, xs = shape
    return np.asarray(((ys / ys.max() - y) / height) ** 2 + ((xs / xs.max() - x) / width) ** 2 <= 1)


def thorax(depth: int, spacing: tuple[float, float], lesions: list[Lesion], seed: int) -> Slices:
    """CT numbers (HU) of a thorax: shape (depth, SIZE, SIZE)."""
    noise = np.random.default_rng(seed)
    shape = _grid(depth, spacing)
    image = np.full(shape[0].shape, -1000.0)
    image[_oval(shape, 0.5, 0.5, 0.36, 0.46)] = 40
    for side in (0.32, 0.68):
        image[_oval(shape, 0.5, side, 0.24, 0.14)] = -820
    image[_oval(shape, 0.7, 0.5, 0.07, 0.06)] = 400
    for lesion in lesions:
        image[_ball(shape, lesion)] = 60
    return (image + noise.normal(0, 12, image.shape)).astype(np.int16)


def head(depth: int, spacing: tuple[float, float], lesions: list[Lesion], seed: int) -> Slices:
    """MR signal of a head without a face: shape (depth, SIZE, SIZE), 0 to about 900."""
    noise = np.random.default_rng(seed)
    shape = _grid(depth, spacing)
    image = np.zeros(shape[0].shape)
    image[_oval(shape, 0.5, 0.5, 0.42, 0.34)] = 300
    image[_oval(shape, 0.5, 0.5, 0.38, 0.30)] = 620
    image[_oval(shape, 0.5, 0.44, 0.12, 0.05)] = 180
    image[_oval(shape, 0.5, 0.56, 0.12, 0.05)] = 180
    for lesion in lesions:
        image[_ball(shape, lesion)] = 860
    return np.clip(image + noise.normal(0, 15, image.shape), 0, None).astype(np.int16)


def sector(seed: int) -> Slices:
    """Echoes (0 to 1000) of one ultrasound picture: a sector of speckle with a dark round cyst; shape (1, 360, 480)."""
    noise = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:360, 0:480].astype(np.float64)
    deep, angle = np.hypot(rows - 20, columns - 240), np.arctan2(columns - 240, rows - 20)
    inside = (deep > 40) & (deep < 320) & (np.abs(angle) < 0.65)
    echo = noise.rayleigh(150, rows.shape) * np.exp(-deep / 400)
    echo[np.hypot(rows - 200, columns - 230) < 36] *= 0.1
    return np.where(inside, np.clip(echo, 0, 520), 0).astype(np.int16)[None]


def tracer(depth: int, spacing: tuple[float, float], lesions: list[Lesion], seed: int) -> Slices:
    """PET activity (Bq/ml): a body of SUV about 1 with a ball of about 9 for each lesion; shape (depth, SIZE, SIZE)."""
    noise = np.random.default_rng(seed)
    shape = _grid(depth, spacing)
    image = np.where(_oval(shape, 0.5, 0.5, 0.36, 0.46), 2400.0, 20.0)
    for lesion in lesions:
        image[_ball(shape, lesion)] = 22000
    return np.clip(image + noise.normal(0, 150, image.shape), 0, None).astype(np.int16)
