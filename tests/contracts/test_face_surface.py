"""What removes faces, judged by code that shares nothing with it: a nose before, none after, and the brain as it was.

The judge is `support/face_surface.py`. It must see a nose before, or its word after would be worth nothing.
"""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pydicom
import pytest
from scipy import ndimage
from support import face_surface
from support.data import data_path
from support.heads import AIR, CORONAL, SAGITTAL, Head, Scan, planes, series
from support.parts import part
from support.taken_off import taken_off

CASES = {
    "CT, axial, thick": (Head(seed=21, nod=12, turn=6), Scan(step=5, noise=20)),
    "T1, sagittal": (Head(seed=22, nod=-15, tilt=6), Scan(contrast="T1", rows_columns=SAGITTAL, low=-105, high=105)),
    "T2, coronal, small": (
        Head(seed=23, nod=5, turn=-10, size=0.9), Scan(contrast="T2", rows_columns=CORONAL, low=-140, high=140)
    ),
}  # fmt: skip
MOST_STAYS = 0.15
"""Share of rays beside and under a nose that may meet what they met before: those that pass between lips, the neck."""
GRAFTED = Head(seed=24, at=(-1.4, -11.0, -5.0), size=1.04)
"""A made-up face where that of the real head was before it was published."""


def surfaces(before, after):
    """What rays from the front meet, before and after; the value of air is that of the original."""
    spaces = [face_surface.space(one) for one in (before, after)]
    over = face_surface.air(spaces[0], before[0].Modality == "CT")
    return [face_surface.front(one, over) for one in spaces]


def judged(before, after):
    """Whether a nose is seen before and after, and how much of the face is where it was."""
    was, now = surfaces(before, after)
    nose = face_surface.ridge(was)
    assert nose.nose, nose
    return face_surface.ridge(now), face_surface.stayed(was, now, nose)


def read(files):
    return [pydicom.dcmread(io.BytesIO(data)) for data in files]


@pytest.mark.parametrize("case", part(CASES, 3))
def test_a_judge_apart_sees_a_nose_before_and_none_after(case):
    head, scan = CASES[case]
    files = series(head, scan)
    before, after = read(files), taken_off(files)
    left, stayed = judged(before, after)
    assert not left.nose, left
    assert stayed < MOST_STAYS
    brain = 0
    for old, new, (_, points) in zip(before, after, planes(head, scan), strict=True):
        inside = head.brain(points)
        assert (old.pixel_array == new.pixel_array)[inside].all()
        brain += inside.sum()
    assert brain > 1000


@pytest.mark.whole
def test_the_judge_sees_no_nose_on_a_head_without_a_face_and_all_of_one_that_is_untouched():
    """Both of its words can be wrong: neither is said of everything."""
    head, scan = CASES["CT, axial, thick"]
    with_face, without = read(series(head, scan)), read(series(replace(head, face=False), scan))
    was, bare = surfaces(with_face, without)
    assert not face_surface.ridge(bare).nose
    assert face_surface.stayed(was, was, face_surface.ridge(was)) == 1.0


@pytest.mark.whole
@pytest.mark.data("head-mr")
def test_a_face_grafted_on_a_real_head_is_gone_and_its_brain_is_not():
    """Every third slice of a real head: its own face was taken out before it was published, so it is given another."""
    slices = [pydicom.dcmread(path) for path in sorted(data_path("head-mr").glob("*.dcm"))]
    slices = sorted(slices, key=lambda ds: ds.InstanceNumber)[::3]
    brain = real_brain(slices)
    assert 900_000 < brain.sum() * voxel(slices) < 1_900_000
    for number, ds in enumerate(slices):
        graft(ds, number)
    left, stayed = judged(slices, after := taken_off([written(ds) for ds in slices]))
    assert not left.nose, left
    assert stayed < MOST_STAYS
    changed = np.stack([old.pixel_array != new.pixel_array for old, new in zip(slices, after, strict=True)])
    assert changed.sum() * voxel(slices) > 100_000
    assert not (changed & brain).any()


def voxel(slices):
    """Of a voxel, in mm³."""
    apart = np.subtract(slices[1].ImagePositionPatient, slices[0].ImagePositionPatient)
    return float(np.prod(slices[0].PixelSpacing) * np.linalg.norm(apart))


def real_brain(slices):
    """What is of one kind and hangs together around the middle of the head, by over 3 mm: the brain without its rim.

    In the picture that is judged, and found by its own values: nothing is known of where a brain lies in a head.
    """
    voxels = np.stack([ds.pixel_array for ds in slices]).astype(np.float32)
    apart = [float(np.linalg.norm(np.subtract(slices[1].ImagePositionPatient, slices[0].ImagePositionPatient))),
             *map(float, slices[0].PixelSpacing)]  # fmt: skip
    middle = [round(float(one)) for one in ndimage.center_of_mass(voxels > 60)]
    reach = [round(20 / one) for one in apart]
    around = voxels[tuple(slice(m - r, m + r) for m, r in zip(middle, reach, strict=True))]
    white = float(np.percentile(around, 75))
    tissue = ndimage.median_filter(voxels, 3)
    solid = ndimage.distance_transform_edt((tissue > 0.35 * white) & (tissue < 1.5 * white), sampling=apart) > 3
    labels, _ = ndimage.label(solid)
    return (labels == np.bincount(labels[labels > 0]).argmax()) & solid


def graft(ds, number):
    """Lay the front of a made-up head where a real one has nothing any more."""
    across, down = (np.array(ds.ImageOrientationPatient[n : n + 3], float) for n in (0, 3))
    rows, columns = np.arange(ds.Rows)[:, None, None], np.arange(ds.Columns)[None, :, None]
    high, wide = map(float, ds.PixelSpacing)
    points = np.array(ds.ImagePositionPatient, float) + columns * across * wide + rows * down * high
    own, values = GRAFTED.own(points), ds.pixel_array.copy()
    bare = (own[..., 1] < -45) & (own[..., 2] < 0) & (values < 20)
    grown = np.zeros(values.shape, bool)
    grown[bare] = GRAFTED.labels(points[bare]) != AIR
    noise = np.random.default_rng(number).normal(0, 6, values.shape)
    values[grown] = (110 + noise[grown]).astype(values.dtype)
    ds.PixelData = values.tobytes()


def written(ds):
    file = io.BytesIO()
    ds.save_as(file)
    return file.getvalue()
