"""DICOM objects of the demo, complete enough for the standard's validator: CT, MR, PET, ultrasound."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from isocentre.desk.demo.phantoms import SIZE, Slices

CT, MR, PET, US = (
    "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.128",
    "1.2.840.10008.5.1.4.1.1.6.1",
)  # fmt: skip

PAIRED = frozenset({"KNEE"})
"""Body parts of which there are two, so that the series must say which."""


@dataclass(frozen=True)
class Patient:
    """A made-up patient; NHS numbers of the test range (999…) only."""

    name: str
    hospital_number: str
    nhs_number: str
    birth_date: date
    sex: str


@dataclass(frozen=True)
class Machine:
    """The scanner that made it."""

    manufacturer: str
    model: str
    serial: str
    station: str
    institution: str


@dataclass(frozen=True)
class Visit:
    """One imaging visit of one patient: when, accession, and the words on it."""

    patient: Patient
    machine: Machine
    on: date
    accession: str
    description: str


def uid(*parts: object) -> str:
    """A stable UID for the demo: the same parts give the same UID on every machine."""
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).digest()[:16]
    return f"2.25.{int.from_bytes(digest, 'big')}"


def series(
    visit: Visit, number: int, modality: str, body_part: str, slices: Slices, spacing: tuple[float, float]
) -> list[Dataset]:  # fmt: skip
    """One series of single-frame objects; `spacing` in mm: (between slices, between pixels)."""
    return [_instance(visit, number, modality, body_part, plane, i, spacing) for i, plane in enumerate(slices)]


def _instance(
    visit: Visit, number: int, modality: str, body_part: str, plane: Any, index: int, spacing: tuple[float, float]
) -> Dataset:  # fmt: skip
    sop_class: str = {"CT": CT, "MR": MR, "PT": PET, "US": US}[modality]
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class, uid(visit.accession, number, index)
    ds.ImageType = ["DERIVED" if modality == "US" else "ORIGINAL", "PRIMARY", *(["AXIAL"] if modality == "CT" else [])]
    if modality == "MR":
        ds.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]
    _patient(ds, visit)
    ds.StudyInstanceUID, ds.SeriesInstanceUID = uid(visit.accession), uid(visit.accession, number)
    ds.StudyID, ds.SeriesNumber, ds.InstanceNumber = "1", number, index + 1
    ds.Modality, ds.BodyPartExamined = modality, body_part
    if body_part in PAIRED:
        ds.Laterality = "L"
    ds.SeriesDescription = f"{modality} {body_part.lower()} {number}"
    ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = uid(visit.accession, "frame"), ""
    ds.PatientPosition = "HFS"
    _plane(ds, index, spacing)
    {"CT": _ct, "MR": _mr, "PT": _pet, "US": _us}[modality](ds, visit)
    _pixels(ds, plane, modality)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = UID(sop_class)
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return ds


def _patient(ds: Dataset, visit: Visit) -> None:
    day = f"{visit.on:%Y%m%d}"
    for name in ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"):
        setattr(ds, name, day)
    for name, time in (("StudyTime", "101500"), ("SeriesTime", "101700"), ("AcquisitionTime", "101800"),
                       ("ContentTime", "101900")):  # fmt: skip
        setattr(ds, name, time)
    patient, machine = visit.patient, visit.machine
    ds.PatientName, ds.PatientID = patient.name, patient.hospital_number
    ds.PatientBirthDate, ds.PatientSex, ds.PatientAge = f"{patient.birth_date:%Y%m%d}", patient.sex, _age(visit)
    ds.AccessionNumber, ds.StudyDescription = visit.accession, visit.description
    ds.ReferringPhysicianName, ds.InstitutionName = "Okafor^Grace^^Dr", machine.institution
    ds.Manufacturer, ds.ManufacturerModelName = machine.manufacturer, machine.model
    ds.DeviceSerialNumber, ds.StationName, ds.SoftwareVersions = machine.serial, machine.station, "demo 1"


def _age(visit: Visit) -> str:
    return f"{(visit.on - visit.patient.birth_date).days // 365:03d}Y"


def _plane(ds: Dataset, index: int, spacing: tuple[float, float]) -> None:
    ds.PixelSpacing = [spacing[1], spacing[1]]
    ds.SliceThickness = spacing[0]
    ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    # Rounded: a decimal string has at most 16 characters (PS3.5 6.2).
    corner = round(-SIZE * spacing[1] / 2, 3)
    ds.ImagePositionPatient = [corner, corner, round(index * spacing[0], 3)]


def _ct(ds: Dataset, visit: Visit) -> None:
    ds.AcquisitionNumber, ds.KVP, ds.ConvolutionKernel, ds.RescaleType = 1, 120, "Br40", "HU"
    ds.RescaleIntercept, ds.RescaleSlope, ds.WindowCenter, ds.WindowWidth = 0, 1, 40, 400
    ds.ContrastBolusAgent = "Iohexol"
    ds.CTDIvol = 7.5
    phantom = Dataset()
    phantom.CodeValue, phantom.CodingSchemeDesignator = "113691", "DCM"
    phantom.CodeMeaning = "IEC Body Dosimetry Phantom"
    ds.CTDIPhantomTypeCodeSequence = [phantom]


def _mr(ds: Dataset, visit: Visit) -> None:
    ds.ScanningSequence, ds.SequenceVariant, ds.ScanOptions, ds.MRAcquisitionType = "GR", "SP", "", "3D"
    ds.RepetitionTime, ds.EchoTime, ds.EchoTrainLength = 2300, 2.98, 1
    ds.FlipAngle, ds.MagneticFieldStrength = 9, 3
    ds.WindowCenter, ds.WindowWidth, ds.AcquisitionNumber = 400, 900, 1


def _pet(ds: Dataset, visit: Visit) -> None:
    ds.Units, ds.CountsSource, ds.SeriesType = "BQML", "EMISSION", ["STATIC", "IMAGE"]
    ds.CorrectedImage, ds.DecayCorrection, ds.CollimatorType = ["ATTN", "DECY"], "START", "NONE"
    ds.NumberOfSlices, ds.RescaleIntercept, ds.RescaleSlope = 20, 0, 1
    ds.ImageIndex, ds.ActualFrameDuration, ds.FrameReferenceTime, ds.DecayFactor = ds.InstanceNumber, 180000, 0, 1
    ds.PatientWeight, ds.AcquisitionNumber = 70, 1
    ds.WindowCenter, ds.WindowWidth = 6000, 12000
    # How the patient lay is said in codes, so not in words (PS3.3 C.7.3.1.1.2).
    del ds.PatientPosition
    ds.PatientOrientationCodeSequence, ds.PatientGantryRelationshipCodeSequence = [], []
    tracer = Dataset()
    tracer.Radiopharmaceutical, tracer.RadiopharmaceuticalStartTime = "FDG", "091500"
    tracer.RadionuclideTotalDose, tracer.RadionuclideHalfLife = 245000000, 6586.2
    tracer.RadionuclidePositronFraction, tracer.RadionuclideCodeSequence = 0.97, []
    ds.RadiopharmaceuticalInformationSequence = [tracer]


def _us(ds: Dataset, visit: Visit) -> None:
    ds.BurnedInAnnotation, ds.LossyImageCompression = "YES", "00"
    ds.PatientOrientation = ""
    for name in ("PixelSpacing", "SliceThickness", "ImageOrientationPatient", "ImagePositionPatient"):
        delattr(ds, name)


def _pixels(ds: Dataset, plane: Any, modality: str) -> None:
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns = plane.shape
    if modality == "US":
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
        ds.PixelData = np.clip(plane / 4, 0, 255).astype(np.uint8).tobytes()
        return
    signed = 1 if modality == "CT" else 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, signed
    ds.PixelData = plane.astype("<i2" if signed else "<u2").tobytes()


def write(datasets: list[Dataset], folder: Path) -> list[Path]:
    """Write the objects as Part 10 files under `folder`; returns their paths in order."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for ds in datasets:
        path = folder / f"{ds.SOPInstanceUID}.dcm"
        ds.save_as(path, enforce_file_format=True)
        paths.append(path)
    return paths
