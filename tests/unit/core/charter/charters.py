"""A charter and the scans that meet it, for tests of what happens when one thing is changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from isocentre.core.charter.judging import ScanFacts, SeriesFacts
from isocentre.core.charter.reading import read
from isocentre.core.charter.records import Charter

TEXT = """
title: Onco CT, imaging charter
scans:
  - name: CT of the chest
    modalities: [CT]
    time_points: [Baseline, Week 8]
    series:
      - name: Thin axial
        modality: CT
        description: [axial]
        not_description: [lung]
        minimum_images: 10
        rules:
          - {attribute: SliceThickness, range: {least: 0.5, most: 5}, unit: mm}
          - {attribute: KVP, one_of: [100, 120]}
          - {attribute: ConvolutionKernel, exact: B30f}
          - {attribute: PixelSpacing, tolerance: {value: 0.7, percent: 10}}
          - {attribute: ContrastBolusAgent, present: true}
      - name: Lung window
        modality: CT
        description: [lung]
        required: false
        rules:
          - {attribute: SliceThickness, tolerance: {value: 1, within: 0.25}}
  - name: PET/CT
    modalities: [PT, CT]
    series:
      - {name: PET, modality: PT, protocol: whole body}
      - {name: CT for attenuation, modality: CT}
"""
VALUES = {
    "SliceThickness": "5.0", "KVP": "120", "ConvolutionKernel": "B30f", "PixelSpacing": "0.703125\\0.703125",
    "ContrastBolusAgent": "Omnipaque",
}  # fmt: skip


def charter(text: str = TEXT) -> Charter:
    """The charter of a text."""
    return read(text)


def thin(images: int = 42, description: str = "Chest AXIAL", **values: str) -> SeriesFacts:
    """The series that meets every rule, but for the values given."""
    return SeriesFacts("3", "CT", description, "", images, {k: {v: images} for k, v in {**VALUES, **values}.items()})


def scan(*series: SeriesFacts, **more: Any) -> ScanFacts:
    """A scan at baseline of these series."""
    return replace(ScanFacts(series or (thin(),), "baseline"), **more)
