"""A seeded part of the corpus beside its score: both roads, form, quantities and references, text in pictures.

Whole, by hand: `python -m support.corpus.figures`; the figures stand in docs/deid/score.md.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from support.corpus import building
from support.corpus.building import build_pictures, promise, rows_of
from support.corpus.engine_run import Run, opened, run, score
from support.corpus.figures import new_errors, pairs
from support.corpus.quantities import GOES, sweep
from support.data import data_path

from isocentre.adapters.ocr import pixel_cleaner
from isocentre.core.deid import road
from isocentre.core.deid.profile import parse
from isocentre.core.score.reading import Found
from isocentre.profiles import everyone, is_draft, load, load_any

SHARE, EVERY = 0.1, 4
PICTURES = ("us_regions", "us_palette", "us_jpeg", "sc_bytes", "cr")
pytestmark = pytest.mark.data("ps315.json")


def newest(name: str) -> str:
    """The newest version of a profile that is released."""
    return f"{name}.v{max(one.version for one in everyone() if one.name == name and not is_draft(one))}"


@cache
def done(name: str) -> Run:
    corpus = building.corpus(SHARE)
    return run(corpus, parse(opened(load_any(name).text, corpus)), both=True)


@pytest.mark.parametrize("name", ["basic", "trial-ct-mr"])
def test_both_roads_make_the_same_of_every_object(name: str) -> None:
    made = done(newest(name))
    assert made.apart == {}
    assert len(made.outputs) >= 150


def test_a_road_that_differs_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = road._slow

    def shorter(*given: Any) -> None:
        right(*given)
        given[-1][-1:] = []

    monkeypatch.setattr(road, "_slow", shorter)
    few = building.corpus(SHARE)[:4]
    assert run(few, load("basic"), both=True).apart


@pytest.mark.peers("dciodvfy")
@pytest.mark.parametrize("name", ["basic", "trial-ct-mr"])
def test_nothing_that_is_put_out_has_a_new_error_of_form(name: str, tmp_path: Path) -> None:
    made, tried = done(newest(name)), 0
    for one in building.corpus(SHARE)[::EVERY]:
        data = made.outputs.get(one.found.sop_instance_uid)
        if data is not None:
            assert new_errors(one, data, tmp_path) == set(), one.source
            tried += 1
    assert tried >= 40


def test_what_is_measured_and_referred_to_is_the_same() -> None:
    found = sweep(pairs(building.corpus(SHARE), done(newest("trial-ct-mr"))))
    assert found.wrong == []
    least = {
        "geometry": 500, "rescale": 300, "pictures": 100, "Hounsfield units": 5, "diffusion": 50, "intervals": 150,
        "diffusion coefficients": 1, "uptake": 100, "uptake factors": 2, "real world values": 10, "dose grid": 1,
        "dose histogram": 5, "beams": 5, "contours": 20, "segments": 2, "measurements": 10, "private numbers": 50,
        "references of RTSTRUCT": 5, "references of RTDOSE": 2, "references of SEG": 4, "references of PR": 3,
        "references of KO": 3, "references of SR": 3, "references of RWV": 2, "references of REG": 1,
    }  # fmt: skip
    assert {kind: count for kind, count in least.items() if found.compared[kind] < count} == {}
    assert all(any(shape.startswith(start) for start in GOES) for shape in found.gone)


def changed(path: str, value: str | None) -> Callable[[Found], None]:
    def change(found: Found) -> None:
        if value is None:
            del found.values[path]
        else:
            found.values[path] = value

    return change


def other_pixels(found: Found) -> None:
    element = found.dataset["PixelData"]
    element.value = bytes([element.value[0] ^ 1]) + element.value[1:]


BROKEN: dict[str, tuple[str, Callable[[Found], None], str]] = {
    "spacing": ("ct0", changed("(0028,0030)", "0.78\\0.78"), "PixelSpacing"),
    "slope gone": ("ct0", changed("(0028,1053)", None), "RescaleSlope"),
    "pixel": ("ct0", other_pixels, "pictures"),
    "units": ("ct0", other_pixels, "Hounsfield units"),
    "b value": ("dwi1", changed("(0018,9087)", "990.0"), "diffusion coefficients"),
    "injection": ("pet0", changed("(0054,0016)[0](0018,1074)", "370500001"), "uptake factors"),
    "interval": ("pet0", changed("(0008,0022)", "20190301"), "intervals"),
    "contour": ("structures", changed("(3006,0039)[0](3006,0040)[0](3006,0050)", "0\\0\\0"), "ContourData"),
    "histogram": ("dose", changed("(3004,0050)[0](3004,0058)", "0.5\\1"), "DVHData"),
    "private number": ("dwi1", changed('(0019,"SIEMENS MR HEADER",0C)', "999"), "private numbers"),
    "reference": ("state", changed("(0008,1115)[0](0008,1140)[0](0008,1155)", "2.25.1"), "leads elsewhere"),
    "frame": ("seg", changed("(0020,0052)", "2.25.1"), "one UID for one"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_sweep_notices(name: str) -> None:
    which, change, words = BROKEN[name]
    objects = [one for one in building.corpus(SHARE) if one.source.startswith("made/study/")]
    study = list(pairs(objects, done(newest("trial-ct-mr"))))
    assert sweep(study).wrong == []
    for pair in study:
        if f"study/{which})" in pair.name:
            change(pair.new)
    assert any(words in what for _, what in sweep(study).wrong)


@pytest.mark.whole
def test_text_in_pictures_is_hidden_and_all_else_stays() -> None:
    pictures = [one for one in build_pictures(times=1) if one.source.removeprefix("pictures/") in PICTURES]
    assert len(pictures) == len(PICTURES)
    text = opened(load_any(newest("trial-ct-mr")).text, pictures, "clean_pixels")
    made = run(pictures, parse(text), pixels=pixel_cleaner())
    report = score(pictures, made, rows_of(data_path("ps315.json")), promise(text))
    assert report.right, report.as_text(20)
    assert len(made.outputs) == len(PICTURES)
    assert report.actions["pixels_hidden"].total >= 2 * len(PICTURES)
