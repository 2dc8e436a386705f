"""Made objects: one or more of each kind that a hospital stores, small, by pydicom."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

from pydicom import uid as uids
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

ROOT = "1.2.826.0.1.3680043.10.1444."

# SOP class, modality, frames, bits allocated, photometric interpretation, columns
_IMAGES: tuple[tuple[str, str, int, int, str, int], ...] = (
    ("CTImageStorage", "CT", 1, 16, "MONOCHROME2", 32),
    ("MRImageStorage", "MR", 1, 16, "MONOCHROME2", 32),
    ("EnhancedCTImageStorage", "CT", 3, 16, "MONOCHROME2", 16),
    ("EnhancedMRImageStorage", "MR", 3, 16, "MONOCHROME2", 16),
    ("EnhancedMRColorImageStorage", "MR", 2, 8, "RGB", 16),
    ("LegacyConvertedEnhancedCTImageStorage", "CT", 2, 16, "MONOCHROME2", 16),
    ("LegacyConvertedEnhancedMRImageStorage", "MR", 2, 16, "MONOCHROME2", 16),
    ("LegacyConvertedEnhancedPETImageStorage", "PT", 2, 16, "MONOCHROME2", 16),
    ("EnhancedUSVolumeStorage", "US", 2, 8, "MONOCHROME2", 16),
    ("PositronEmissionTomographyImageStorage", "PT", 1, 16, "MONOCHROME2", 16),
    ("EnhancedPETImageStorage", "PT", 2, 16, "MONOCHROME2", 16),
    ("NuclearMedicineImageStorage", "NM", 2, 16, "MONOCHROME2", 16),
    ("UltrasoundImageStorage", "US", 1, 8, "RGB", 120),
    ("UltrasoundMultiFrameImageStorage", "US", 2, 8, "MONOCHROME2", 120),
    ("XRayAngiographicImageStorage", "XA", 2, 8, "MONOCHROME2", 16),
    ("EnhancedXAImageStorage", "XA", 2, 16, "MONOCHROME2", 16),
    ("XRayRadiofluoroscopicImageStorage", "RF", 1, 8, "MONOCHROME2", 16),
    ("EnhancedXRFImageStorage", "RF", 2, 16, "MONOCHROME2", 16),
    ("XRay3DAngiographicImageStorage", "XA", 2, 16, "MONOCHROME2", 16),
    ("ComputedRadiographyImageStorage", "CR", 1, 16, "MONOCHROME1", 24),
    ("DigitalXRayImageStorageForPresentation", "DX", 1, 16, "MONOCHROME2", 24),
    ("DigitalXRayImageStorageForProcessing", "DX", 1, 16, "MONOCHROME1", 24),
    ("DigitalMammographyXRayImageStorageForPresentation", "MG", 1, 16, "MONOCHROME2", 24),
    ("DigitalMammographyXRayImageStorageForProcessing", "MG", 1, 16, "MONOCHROME1", 24),
    ("DigitalIntraOralXRayImageStorageForPresentation", "IO", 1, 16, "MONOCHROME2", 24),
    ("BreastTomosynthesisImageStorage", "MG", 3, 16, "MONOCHROME2", 16),
    ("BreastProjectionXRayImageStorageForPresentation", "MG", 2, 16, "MONOCHROME2", 16),
    ("SecondaryCaptureImageStorage", "OT", 1, 8, "RGB", 120),
    ("MultiFrameGrayscaleByteSecondaryCaptureImageStorage", "OT", 2, 8, "MONOCHROME2", 16),
    ("MultiFrameGrayscaleWordSecondaryCaptureImageStorage", "OT", 2, 16, "MONOCHROME2", 16),
    ("MultiFrameTrueColorSecondaryCaptureImageStorage", "OT", 2, 8, "RGB", 16),
    ("VLWholeSlideMicroscopyImageStorage", "SM", 2, 8, "RGB", 16),
    ("VLEndoscopicImageStorage", "ES", 1, 8, "RGB", 16),
    ("VLMicroscopicImageStorage", "GM", 1, 8, "RGB", 16),
    ("VLPhotographicImageStorage", "XC", 1, 8, "RGB", 16),
    ("OphthalmicPhotography8BitImageStorage", "OP", 1, 8, "RGB", 16),
    ("OphthalmicPhotography16BitImageStorage", "OP", 1, 16, "MONOCHROME2", 16),
    ("OphthalmicTomographyImageStorage", "OPT", 2, 8, "MONOCHROME2", 16),
    ("IntravascularOpticalCoherenceTomographyImageStorageForPresentation", "IVOCT", 2, 8, "MONOCHROME2", 16),
    ("RTImageStorage", "RTIMAGE", 1, 16, "MONOCHROME2", 16),
    ("RTDoseStorage", "RTDOSE", 2, 16, "MONOCHROME2", 16),
    ("SegmentationStorage", "SEG", 2, 8, "MONOCHROME2", 16),
    ("ParametricMapStorage", "MR", 2, 16, "MONOCHROME2", 16),
)
_FAMILIES = (
    "Enhanced",
    "LegacyConverted",
    "BreastTomo",
    "BreastProj",
    "XRay3D",
    "Segmentation",
    "Parametric",
    "VLWhole",
)


def fresh(*words: object) -> str:
    """A UID that is the same for the same words."""
    return ROOT + str(int.from_bytes(hashlib.sha256(repr(words).encode()).digest()[:12], "big"))


def bare(keyword: str, modality: str) -> Dataset:
    """What every composite object has."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = getattr(uids, keyword)
    ds.SOPInstanceUID = fresh(keyword, "instance")
    ds.StudyInstanceUID, ds.SeriesInstanceUID = fresh(keyword, "study"), fresh(keyword, "series")
    ds.FrameOfReferenceUID = fresh(keyword, "frame")
    ds.Modality, ds.Manufacturer, ds.ManufacturerModelName = modality, "Example Imaging", "Model 3"
    ds.StudyDate, ds.SeriesDate, ds.AcquisitionDate, ds.ContentDate = "20190314", "20190314", "20190314", "20190315"
    ds.StudyTime, ds.SeriesTime, ds.AcquisitionTime, ds.ContentTime = "101112", "101300", "101415.25", "101500"
    ds.InstanceCreationDate, ds.InstanceCreationTime = "20190315", "020304"
    ds.AcquisitionDateTime = "20190314101415.250000"
    ds.SeriesNumber, ds.InstanceNumber, ds.StudyID = 3, 7, "QST77"
    ds.DeviceSerialNumber, ds.StationName, ds.SoftwareVersions = "SN-4711-Q", "QCTROOM2", "v12.3"
    ds.BodyPartExamined, ds.PatientPosition = "CHEST", "HFS"
    return ds


def _image(keyword: str, modality: str, frames: int, bits: int, photometric: str, columns: int) -> Dataset:
    ds = bare(keyword, modality)
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.SamplesPerPixel = 3 if photometric == "RGB" else 1
    ds.PhotometricInterpretation = photometric
    if ds.SamplesPerPixel == 3:
        ds.PlanarConfiguration = 0
    ds.Rows, ds.Columns = columns // 2, columns
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = bits, bits, bits - 1, 0
    if frames > 1:
        ds.NumberOfFrames = frames
    ds.PixelSpacing, ds.SliceThickness, ds.SpacingBetweenSlices = [0.7, 0.7], "5", "5"
    ds.ImagePositionPatient, ds.ImageOrientationPatient = [-10, -20, 30.5], [1, 0, 0, 0, 1, 0]
    ds.RescaleIntercept, ds.RescaleSlope, ds.WindowCenter, ds.WindowWidth = "-1024", "1", "40", "400"
    ds.KVP, ds.ConvolutionKernel, ds.ScanOptions = "120", "B31f", "HELICAL MODE"
    size = ds.Rows * ds.Columns * ds.SamplesPerPixel * frames * bits // 8
    ds.PixelData = (bytes(range(7, 247)) * (size // 240 + 1))[:size]
    if keyword.startswith(_FAMILIES):
        _functional_groups(ds, frames)
    return ds


def _functional_groups(ds: Dataset, frames: int) -> None:
    shared = Dataset()
    source = reference("MRImageStorage", "source of " + str(ds.SOPClassUID))
    derived = Dataset()
    derived.SourceImageSequence = [source]
    shared.DerivationImageSequence = [derived]
    shared.PixelMeasuresSequence = [Dataset()]
    shared.PixelMeasuresSequence[0].PixelSpacing = [0.7, 0.7]
    ds.SharedFunctionalGroupsSequence = [shared]
    per_frame = []
    for number in range(frames):
        content = Dataset()
        content.FrameAcquisitionDateTime = f"20190314101{number}15.5"
        content.FrameReferenceDateTime = f"20190314101{number}16.5"
        content.FrameAcquisitionNumber = number + 1
        content.DimensionIndexValues = [1, number + 1]
        one = Dataset()
        one.FrameContentSequence = [content]
        one.PlanePositionSequence = [Dataset()]
        one.PlanePositionSequence[0].ImagePositionPatient = [0, 0, number * 5]
        per_frame.append(one)
    ds.PerFrameFunctionalGroupsSequence = per_frame
    ds.DimensionOrganizationSequence = [Dataset()]
    ds.DimensionOrganizationSequence[0].DimensionOrganizationUID = fresh(ds.SOPClassUID, "dimensions")
    ds.ConcatenationUID = fresh(ds.SOPClassUID, "concatenation")


def reference(keyword: str, *words: object) -> Dataset:
    """An item that refers to an instance."""
    item = Dataset()
    item.ReferencedSOPClassUID = getattr(uids, keyword)
    item.ReferencedSOPInstanceUID = fresh("reference", *words)
    return item


def objects() -> Iterator[tuple[str, Callable[[], Dataset]]]:
    """Every made object: its name, and how to make it."""
    from support.corpus import made_more
    from support.corpus.made_others import OTHERS
    from support.corpus.made_slides import SLIDES_AND_MORE
    from support.corpus.made_study import STUDY
    from support.corpus.made_therapy import THERAPY

    for row in _IMAGES:
        yield row[0], lambda row=row: _image(*row)
    for make in OTHERS:
        yield make.__name__, make
    yield from SLIDES_AND_MORE
    yield from (*STUDY, *THERAPY)
    yield from made_more.objects()
