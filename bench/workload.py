"""What the servers are measured with: CT slices of 525 KB and 261 elements, the same for us and for the peers."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from isocentre.desk.demo.objects import uid

ELEMENTS = 261
DEIDENTIFIED = 11
"""Elements that de-identification adds to a slice, less those it takes away."""
SIDE = 512


def slice_(run: str, number: int, *, series: int = 1, standard: bool = False) -> Dataset:
    """One CT slice; `run` makes its UIDs new. `standard`: without private elements."""
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, uid(run, series, number)
    ds.StudyInstanceUID, ds.SeriesInstanceUID = uid(run, "s"), uid(run, "s", series)
    ds.PatientID, ds.PatientName, ds.PatientBirthDate, ds.PatientSex = f"B{run}", "Bench^Mark", "19500101", "F"
    ds.StudyDate, ds.StudyTime, ds.AcquisitionDate, ds.SeriesDate = "20260301", "101500", "20260301", "20260301"
    ds.AccessionNumber, ds.StudyID, ds.SeriesNumber, ds.InstanceNumber = "ACC1", "1", series, number
    ds.Modality, ds.BodyPartExamined, ds.Manufacturer = "CT", "CHEST", "SIEMENS"
    ds.ImageType, ds.FrameOfReferenceUID = ["ORIGINAL", "PRIMARY", "AXIAL"], uid(run, "f")
    ds.ReferringPhysicianName, ds.InstitutionName = "Doctor^A", "Bench Hospital"
    ds.DeviceSerialNumber, ds.StationName = "BENCH1", "BENCHCT"
    ds.PixelSpacing, ds.SliceThickness = [0.7, 0.7], 1
    ds.ImageOrientationPatient, ds.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [0, 0, number]
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.Rows, ds.Columns = 1, "MONOCHROME2", SIDE, SIDE
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
    ds.RescaleIntercept, ds.RescaleSlope, ds.WindowCenter, ds.WindowWidth, ds.KVP = 0, 1, 40, 400, 120
    if standard:
        _standard(ds)
    else:
        block = ds.private_block(0x0029, "BENCH HEADER", create=True)
        for offset in range(ELEMENTS - len(ds) - 1):
            block.add_new(offset % 255 + 1, "LO", f"value {offset}")
    noise = np.random.default_rng(number)
    ds.PixelData = noise.integers(-1000, 1000, (SIDE, SIDE), dtype=np.int16).tobytes()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = CTImageStorage, ds.SOPInstanceUID
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return ds


def _standard(ds: Dataset) -> None:
    """Fill up to 261 elements with standard ones that de-identification keeps: the national side takes no private."""
    from pydicom.datadict import dictionary_is_retired, dictionary_VM, dictionary_VR, keyword_dict

    from isocentre.core.deid.table import rules

    values = {"DS": "1.25", "IS": "7", "CS": "YES", "FD": 1.5, "US": 3}
    for tag in sorted(tag for tag in keyword_dict.values() if tag >> 16 == 0x0018):
        if len(ds) >= ELEMENTS - DEIDENTIFIED:
            return
        vr = dictionary_VR(tag)
        free = vr in values and dictionary_VM(tag) == "1" and not dictionary_is_retired(tag)
        if free and tag not in rules() and tag not in ds:
            ds.add_new(tag, vr, values[vr])


def folder(at: Path, run: str, count: int) -> Path:
    """Write `count` slices of one series to a new folder."""
    target = at / run
    target.mkdir(parents=True)
    for number in range(count):
        slice_(run, number).save_as(target / f"{number:05d}.dcm", enforce_file_format=True)
    return target


def deidentified(run: str, count: int) -> list[bytes]:
    """Slices of one series as a gateway sends them on, Part 10 bytes of 261 elements: what STOW, both sides, is fed."""
    from isocentre.core.deid import engine, identity
    from isocentre.profiles import load

    key = run.encode().ljust(32, b"0")
    context = engine.SubjectContext(
        identity.pseudonym(key, "id:|B"), "S1", "Sponsor", "bench", "Bench", "LOCAL", "", "", "", None, True, 20
    )
    made = []
    for number in range(count):
        out = io.BytesIO()
        slice_(run, number, standard=True).save_as(out, enforce_file_format=True)
        source = out.getvalue()
        profile = load("trial-ct-mr").without_cleaning()
        result = engine.deidentify(source, profile=profile, study_key=key, context=context)
        if result.plan is None:
            raise RuntimeError(result.words)
        made.append(b"".join(result.plan.chunks(source)))
    return made


def study_uid(data: bytes) -> str:
    """The StudyInstanceUID of Part 10 bytes."""
    return str(dcmread(io.BytesIO(data), stop_before_pixels=True).StudyInstanceUID)


def scans(run: str, count: int) -> list[bytes]:
    """As many scans as asked for, each of one small slice of a person of its own, as a gateway sends them on."""
    made = []
    for number in range(count):
        ds = dcmread(io.BytesIO(deidentified(f"{run}q{number}", 1)[0]))
        ds.Rows = ds.Columns = 16
        ds.PixelData = bytes(512)
        out = io.BytesIO()
        ds.save_as(out, enforce_file_format=True)
        made.append(out.getvalue())
    return made
