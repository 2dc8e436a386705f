"""What removes faces, on made-up heads of every direction and contrast: no face is left, and no brain is touched."""

from __future__ import annotations

import io
import sys
from dataclasses import replace

import numpy as np
import pydicom
import pytest
from PIL import Image
from support.burned import Pulled
from support.data import data_path
from support.heads import CORONAL, SAGITTAL, Head, Scan, planes, series, shown_face
from support.parts import part
from support.taken_off import after, sources

from isocentre.adapters.faces import Late, remover
from isocentre.core.deid.faces.clean import FaceCleaner, TakenOff
from isocentre.core.deid.rules import Held
from isocentre.core.ports import NoRemover

CASES = {
    "CT, axial": (Head(), Scan()),
    "T1, sagittal, chin down": (Head(seed=3, nod=15), Scan(contrast="T1", rows_columns=SAGITTAL, low=-100, high=100)),
    "T2, axial 5 mm, chin up and turned": (
        Head(seed=4, nod=-20, turn=15, size=0.92), Scan(contrast="T2", step=5, spacing=1.2)
    ),
    "T1, coronal, tilted, large": (
        Head(seed=5, tilt=20, size=1.08), Scan(contrast="T1", rows_columns=CORONAL, low=-130, high=130, step=2)
    ),
    "CT, cropped at the mouth, from the top, noisy": (
        Head(seed=6, nod=20), Scan(low=-70, backwards=True, noise=20)
    ),
    "CT, rows from right, gantry tilted": (
        Head(seed=7), Scan(rows_columns=((-1, 0, 0), (0, 1, 0)), shear=0.15, low=-100, high=150)
    ),
}  # fmt: skip


# A head takes ten seconds and more, and `make bench ONLY=faces` tries 24.
@pytest.mark.parametrize("case", part(CASES, 6))
def test_no_face_is_left_and_no_brain_is_touched(case):
    head, scan = CASES[case]
    files = series(head, scan)
    cleaner = FaceCleaner(Late(), Pulled())
    cut = cleaner.find(sources(files))
    brain = skin = left = 0
    for data, ds, (_, points) in zip(files, after(files, TakenOff(cleaner, cut)), planes(head, scan), strict=True):
        before = pydicom.dcmread(io.BytesIO(data)).pixel_array
        changed = ds.pixel_array != before
        air = round(cut.fill) + (1024 if scan.contrast == "CT" else 0)
        assert (ds.pixel_array[changed] == air).all()
        assert ds.RecognizableVisualFeatures == "NO"
        brain += (changed & head.brain(points)).sum()
        face = shown_face(head, points)
        skin += face.sum()
        left += (face & ~changed & (before != air)).sum()
    assert brain == 0
    assert skin > 3000
    assert left < 0.001 * skin
    assert cut.figures["surface_left"] < 0.02
    assert cut.figures["shape_left"] < 0.35


def test_a_face_that_looks_the_other_way_is_not_taken_for_one():
    """Positions that say front where the back is: the nose lies where the back of the head should be."""
    head = replace(Head(), turn=180.0)
    with pytest.raises(Held) as held:
        FaceCleaner(Late(), Pulled()).find(sources(series(head, Scan())))
    assert held.value.reason == "face_left"


def ball(head, points):
    return (((points - np.asarray(head.at)) ** 2).sum(axis=-1) < 95**2).astype(np.uint8)


def test_what_is_no_head_is_held(monkeypatch):
    monkeypatch.setattr(Head, "labels", ball)
    with pytest.raises(Held) as held:
        FaceCleaner(Late(), Pulled()).find(sources(series(Head(), Scan(contrast="T1", low=-100, high=100))))
    assert held.value.reason == "face_left"


def test_empty_pictures_are_held(monkeypatch):
    monkeypatch.setattr(Head, "labels", lambda head, points: np.zeros(points.shape[:-1], np.uint8))
    for contrast in ("CT", "T1"):
        with pytest.raises(Held):
            FaceCleaner(Late(), Pulled()).find(sources(series(Head(), Scan(contrast=contrast, noise=0))))


def test_a_slab_without_the_face_is_held():
    with pytest.raises(Held) as held:
        FaceCleaner(Late(), Pulled()).find(sources(series(Head(), Scan(low=25))))
    assert held.value.reason == "face_left"


@pytest.mark.parametrize(
    "name", ["Siemens_Aera_1.5T_T1", "Siemens_MagnetomSkyra_3T_T1", "GE_Signa_3T_T1", "PhilipsAchieva"]
)
def test_a_real_phantom_is_no_head(name):
    files = [path.read_bytes() for path in sorted(data_path(f"acr-phantom/{name}").iterdir())]
    with pytest.raises(Held) as held:
        FaceCleaner(Late(), Pulled()).find(sources(files))
    assert held.value.reason == "face_left"


def test_a_real_head_keeps_its_brain():
    """384 slices, whose face was taken out before they were published: what is left of its front goes."""
    files = [path.read_bytes() for path in sorted(data_path("head-mr").glob("*.dcm"))]
    cut = FaceCleaner(Late(), Pulled()).find(sources(files))
    assert cut.figures["brain_emptied"] == 0
    assert 1000 < cut.figures["brain_ml"] < 1900
    assert cut.figures["surface_left"] < 0.02


def test_a_head_is_shown_before_and_after():
    cleaner = FaceCleaner(Late(), Pulled())
    files = sources(series(Head(), Scan()))
    with Image.open(io.BytesIO(cleaner.show(cleaner.find(files), files))) as shown:
        grey = np.asarray(shown).astype(int)
    before, after = grey[:, : grey.shape[1] // 2], grey[:, grey.shape[1] // 2 :]
    assert (before != after).mean() > 0.02
    assert (before[:20] == after[:20]).all()


def test_without_its_packages_it_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, remover.__name__, None)
    with pytest.raises(NoRemover):
        Late().runs(None, None)
