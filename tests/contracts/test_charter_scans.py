"""Whole scans held against a charter: those of the demonstration, and real phantoms of four scanners; with deviations
planted in their headers, each of which is found, and none beside it."""

from __future__ import annotations

import io
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from support.data import data_path

from isocentre.core.charter.judging import ScanFacts, SeriesFacts, Verdict, attributes, judge
from isocentre.core.charter.reading import read
from isocentre.core.charter.records import Charter
from isocentre.core.charter.removed import lost
from isocentre.core.charter.values import frames, values
from isocentre.core.dicom.header import Header, read_header
from isocentre.desk.demo import gateway, plan
from isocentre.profiles import load

TODAY = date(2026, 3, 2)
ACR = """title: ACR phantom, T1
scans:
  - name: ACR phantom
    modalities: [MR]
    series:
      - name: T1 axial
        modality: MR
        minimum_images: 11
        rules:
          - {attribute: SliceThickness, exact: 5, unit: mm}
          - {attribute: SpacingBetweenSlices, exact: 10, unit: mm}
          - {attribute: RepetitionTime, tolerance: {value: 500, percent: 1}, unit: ms}
          - {attribute: EchoTime, range: {least: 19, most: 21}, unit: ms}
          - {attribute: FlipAngle, exact: 90.0, unit: deg}
          - {attribute: MagneticFieldStrength, one_of: [1.5, 3], unit: T}
          - {attribute: PixelSpacing, exact: 0.97656, unit: mm, decimals: 3}
          - {attribute: Rows, exact: 256}
          - {attribute: Manufacturer, present: true}
"""
SCANNERS = ("GE_Signa_3T_T1", "PhilipsAchieva", "Siemens_Aera_1.5T_T1", "Siemens_MagnetomSkyra_3T_T1")
Change = Callable[[Dataset], Any]
PLANTED: tuple[tuple[str, Change], ...] = (
    ("SliceThickness", lambda ds: setattr(ds, "SliceThickness", "5.1")),
    ("SpacingBetweenSlices", lambda ds: delattr(ds, "SpacingBetweenSlices")),
    ("RepetitionTime", lambda ds: setattr(ds, "RepetitionTime", "505.1")),
    ("EchoTime", lambda ds: setattr(ds, "EchoTime", "21.01")),
    ("FlipAngle", lambda ds: setattr(ds, "FlipAngle", "89")),
    ("MagneticFieldStrength", lambda ds: setattr(ds, "MagneticFieldStrength", "7")),
    ("PixelSpacing", lambda ds: setattr(ds, "PixelSpacing", ["0.9766", "1.0"])),
    ("Rows", lambda ds: setattr(ds, "Rows", 255)),
    ("Manufacturer", lambda ds: setattr(ds, "Manufacturer", "")),
)


def header(ds: Dataset) -> Header:
    whole = io.BytesIO()
    ds.save_as(whole, enforce_file_format=True)
    return read_header(whole.getvalue())


def facts(datasets: Iterable[Dataset], charter: Charter, time_point: str = "") -> ScanFacts:
    """A scan's series as the hospital side reads them."""
    found: dict[str, list[Dataset]] = defaultdict(list)
    for ds in datasets:
        found[ds.SeriesInstanceUID].append(ds)
    series = []
    for images in found.values():
        told: dict[str, Counter[str]] = {word: Counter() for word in attributes(charter)}
        headers = [header(ds) for ds in images]
        for one in headers:
            for word, text in values(one, told).items():
                told[word][text] += frames(one)
        first = images[0]
        said = (
            str(first.get(name) or "") for name in ("SeriesNumber", "Modality", "SeriesDescription", "ProtocolName")
        )
        series.append(SeriesFacts(*said, images=sum(map(frames, headers)), values=told))
    return ScanFacts(tuple(series), time_point)


def phantom(scanner: str) -> list[Dataset]:
    folder: Path = data_path(f"acr-phantom/{scanner}")
    return [dcmread(path, force=True) for path in sorted(folder.iterdir())]


def told(verdict: Verdict) -> list[str]:
    return [one.attribute or one.wanted for one in verdict.deviations]


@pytest.mark.parametrize("scanner", SCANNERS)
def test_a_real_phantom_meets_its_charter_and_each_planted_deviation_is_found_alone(scanner: str) -> None:
    charter, images = read(ACR), phantom(scanner)
    assert judge(charter, facts(images, charter)).deviations == ()
    for attribute, change in PLANTED:
        changed = [dcmread(path, force=True) for path in sorted(data_path(f"acr-phantom/{scanner}").iterdir())]
        change(changed[4])
        found = judge(charter, facts(changed, charter))
        assert (found.state, told(found)) == ("repeat", [attribute])
        assert "in 1 of 11 images" in found.deviations[0].got
    short = judge(charter, facts(images[:-1], charter))
    assert (short.state, told(short)) == ("repeat", ["at least 11 images"])


def test_what_real_scanners_write_is_compared_only_as_closely_as_the_charter_says() -> None:
    exact = read(ACR.replace("tolerance: {value: 500, percent: 1}", "exact: 500"))
    states = [judge(exact, facts(phantom(scanner), exact)).state for scanner in SCANNERS]
    assert states == ["pass", "repeat", "pass", "pass"]  # Philips writes 499.999786376953
    rounded = read(ACR.replace("tolerance: {value: 500, percent: 1}", "exact: 500, decimals: 2"))
    assert {judge(rounded, facts(phantom(scanner), rounded)).state for scanner in SCANNERS} == {"pass"}


@pytest.mark.parametrize("slug", plan.CHARTERS)
def test_the_scans_of_the_demonstration_meet_its_charters(slug: str) -> None:
    charter = read(plan.CHARTERS[slug])
    assert lost(charter, load("trial-ct-mr")) == []
    people = {p.patient.hospital_number: p for p in plan.participants(TODAY) if p.research_study == slug}
    scans: dict[str, list[Dataset]] = defaultdict(list)
    for ds in gateway.scans(TODAY):
        if ds.PatientID in people:
            scans[ds.StudyInstanceUID].append(ds)
    assert scans
    for images in scans.values():
        person = people[images[0].PatientID]
        [point] = [one for one in person.days if f"{person.on(one):%Y%m%d}" == images[0].StudyDate]
        found = judge(charter, facts(images, charter, point))
        assert (found.state, found.deviations) == ("pass", ())


def test_each_deviation_planted_in_a_scan_of_the_demonstration_is_found_alone() -> None:
    charter = read(plan.CHARTERS["onco-ct"])
    first = plan.participants(TODAY)[0]
    planted: tuple[tuple[str, Change], ...] = (
        ("SliceThickness", lambda ds: setattr(ds, "SliceThickness", 7)),
        ("KVP", lambda ds: setattr(ds, "KVP", 70)),
        ("ConvolutionKernel", lambda ds: delattr(ds, "ConvolutionKernel")),
        ("PixelSpacing", lambda ds: setattr(ds, "PixelSpacing", [3.6, 4.5])),
    )
    for attribute, change in planted:
        images = [ds for ds in gateway.scans(TODAY) if ds.PatientID == first.patient.hospital_number]
        images = [ds for ds in images if ds.StudyInstanceUID == images[0].StudyInstanceUID]
        change(images[-1])
        found = judge(charter, facts(images, charter, "Baseline"))
        assert (found.state, told(found)) == ("repeat", [attribute])
