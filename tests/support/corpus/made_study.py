"""A made study of one person whose objects refer to each other: images, what is drawn, planned and measured on them.

Quantities and references are compared on these before and after, so each has numbers of its kind in every place.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from struct import pack
from typing import Any

from pydicom import uid as uids
from pydicom.dataset import Dataset

from support.corpus.made import bare, fresh
from support.corpus.made_others import code

PREFIX = "study/"
SLICES, ROWS, COLUMNS = 3, 8, 10
FRAME = fresh(PREFIX, "frame")
_STUDY = fresh(PREFIX, "study")


def made(keyword: str, modality: str, name: str) -> Dataset:
    """What every object of the study has."""
    ds = bare(keyword, modality)
    ds.SOPInstanceUID, ds.SeriesInstanceUID = _instance(name), fresh(PREFIX, "series", name.rstrip("0123456789"))
    ds.StudyInstanceUID, ds.FrameOfReferenceUID = _STUDY, FRAME
    return ds


def _instance(name: str) -> str:
    return fresh(PREFIX, "instance", name)


def item(**values: Any) -> Dataset:
    """An item of a sequence, by keyword."""
    ds = Dataset()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def refers(keyword: str, name: str, **more: Any) -> Dataset:
    """An item that refers to an object of this study."""
    kind = getattr(uids, keyword)
    return item(ReferencedSOPClassUID=kind, ReferencedSOPInstanceUID=_instance(name), **more)


def _series(name: str, keyword: str, many: int) -> Dataset:
    found = [refers(keyword, f"{name}{number}") for number in range(many)]
    return item(SeriesInstanceUID=fresh(PREFIX, "series", name), ReferencedSOPSequence=found)


def place(ds: Dataset, number: int) -> Dataset:
    """Size and place of an image, the so manieth of its series."""
    ds.ImageType, ds.InstanceNumber = ["ORIGINAL", "PRIMARY", "AXIAL"], number + 1
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns, ds.BitsAllocated, ds.BitsStored, ds.HighBit = ROWS, COLUMNS, 16, 16, 15
    ds.PixelSpacing, ds.SliceThickness, ds.SpacingBetweenSlices = [0.78125, 0.78125], "2.5", "2.25"
    ds.ImagePositionPatient, ds.SliceLocation = [-99.5, -101.25, 31.125 + 2.25 * number], str(31.125 + 2.25 * number)
    ds.ImageOrientationPatient = [0.9998477, 0.0174524, 0, -0.0174524, 0.9998477, 0]
    return ds


def ct(number: int) -> Dataset:
    ds = place(made("CTImageStorage", "CT", f"ct{number}"), number)
    ds.PixelRepresentation, ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = 1, "0.5", "-1024", "HU"
    ds.KVP, ds.XRayTubeCurrent, ds.ExposureTime, ds.ConvolutionKernel = "120", "241", "500", "B30f"
    ds.CTDIvol, ds.GantryDetectorTilt, ds.TableHeight, ds.ReconstructionDiameter = 7.25, "0", "154.5", "350"
    ds.PixelData = pack(f"<{ROWS * COLUMNS}h", *(at * 37 % 3000 - 200 + number for at in range(ROWS * COLUMNS)))
    return ds


def dwi(number: int) -> Dataset:
    """A slice without and one with diffusion weighting, as the standard and as a maker says it."""
    ds = place(made("MRImageStorage", "MR", f"dwi{number}"), 0)
    ds.PixelRepresentation, ds.EchoTime, ds.RepetitionTime, ds.FlipAngle = 0, "71.2", "5400", "90"
    ds.MagneticFieldStrength, ds.PixelBandwidth, ds.DiffusionBValue = "3", "1953", float(number * 1000)
    block = ds.private_block(0x0019, "SIEMENS MR HEADER", create=True)
    block.add_new(0x0C, "IS", str(number * 1000))
    if number:
        ds.DiffusionGradientOrientation = [0.6, -0.8, 0.0]
        block.add_new(0x0E, "FD", [0.6, -0.8, 0.0])
    ds.PixelData = pack(f"<{ROWS * COLUMNS}H", *(900 + at * 11 - number * 600 for at in range(ROWS * COLUMNS)))
    return ds


def enhanced_dwi() -> Dataset:
    ds = made("EnhancedMRImageStorage", "MR", "enhanced")
    ds = place(ds, 0)
    ds.NumberOfFrames, ds.PixelRepresentation = 2, 0
    ds.PixelData = pack(f"<{2 * ROWS * COLUMNS}H", *(at * 17 % 4000 for at in range(2 * ROWS * COLUMNS)))
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness"):
        del ds[keyword]
    measures = item(PixelSpacing=[0.9, 0.9], SliceThickness="3", SpacingBetweenSlices="3.3")
    orientation = item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    ds.SharedFunctionalGroupsSequence = [item(PixelMeasuresSequence=[measures], PlaneOrientationSequence=[orientation])]
    frames = []
    for number in range(2):
        content = item(DimensionIndexValues=[1, number + 1], StackID="1", InStackPositionNumber=number + 1)
        gradient = item(DiffusionGradientOrientation=[0.0, 0.6, 0.8])
        diffusion = item(DiffusionBValue=500.0 * number, DiffusionDirectionality="DIRECTIONAL")
        diffusion.DiffusionGradientDirectionSequence = [gradient]
        value = item(RescaleIntercept="1.5", RescaleSlope="2.25", RescaleType="US")
        frames.append(
            item(
                FrameContentSequence=[content], MRDiffusionSequence=[diffusion],
                PixelValueTransformationSequence=[value],
                PlanePositionSequence=[item(ImagePositionPatient=[-10.5, 3.25, 7.0 + number])],
            )
        )  # fmt: skip
    ds.PerFrameFunctionalGroupsSequence = frames
    return ds


def pet(number: int) -> Dataset:
    ds = place(made("PositronEmissionTomographyImageStorage", "PT", f"pet{number}"), number)
    ds.PixelRepresentation, ds.RescaleSlope, ds.RescaleIntercept, ds.Units = 0, "0.734", "0", "BQML"
    ds.CorrectedImage, ds.DecayCorrection, ds.DecayFactor = ["DECY", "ATTN", "SCAT"], "START", "1.0123"
    ds.FrameReferenceTime, ds.ActualFrameDuration, ds.CountsSource = "91234.5", "180000", "EMISSION"
    ds.DoseCalibrationFactor, ds.ScatterFractionFactor = "1.07", "0.36"
    medicine = item(
        Radiopharmaceutical="FDG", RadiopharmaceuticalStartTime="091530.00",
        RadiopharmaceuticalStartDateTime="20190314091530.00", RadionuclideTotalDose="370500000",
        RadionuclideHalfLife="6586.2", RadionuclidePositronFraction="0.967", RadiopharmaceuticalVolume="3.5",
    )  # fmt: skip
    medicine.RadionuclideCodeSequence = [code("C-111A1", "^18^Fluorine", "SRT")]
    ds.RadiopharmaceuticalInformationSequence = [medicine]
    ds.PixelData = pack(f"<{ROWS * COLUMNS}H", *(at * 211 % 30000 + number for at in range(ROWS * COLUMNS)))
    return ds


def value_map() -> Dataset:
    ds = made("RealWorldValueMappingStorage", "RWV", "map")
    values = item(
        RealWorldValueFirstValueMapped=0, RealWorldValueLastValueMapped=32767, RealWorldValueIntercept=0.0,
        RealWorldValueSlope=0.000251, LUTExplanation="SUVbw", LUTLabel="SUVBW",
        MeasurementUnitsCodeSequence=[code("g/ml{SUVbw}", "Standardized Uptake Value body weight", "UCUM")],
    )  # fmt: skip
    one = item(
        ReferencedImageSequence=[refers("PositronEmissionTomographyImageStorage", f"pet{n}") for n in range(2)],
        RealWorldValueMappingSequence=[values],
    )
    ds.ReferencedImageRealWorldValueMappingSequence = [one]
    ds.ReferencedSeriesSequence = [item(SeriesInstanceUID=fresh(PREFIX, "series", "pet"))]
    ds.ContentLabel, ds.ContentDescription = "SUVBW", "Uptake"
    return ds


def segmentation() -> Dataset:
    ds = place(made("SegmentationStorage", "SEG", "seg"), 0)
    ds.BitsAllocated = ds.BitsStored = 1
    ds.HighBit = ds.PixelRepresentation = 0
    ds.SegmentationType, ds.NumberOfFrames, ds.ContentLabel = "BINARY", 2, "LESIONS"
    ds.PixelData = bytes(range(1, 2 * ROWS * COLUMNS // 8 + 1))
    images = [refers("CTImageStorage", f"ct{number}") for number in range(SLICES)]
    ds.ReferencedSeriesSequence = [
        item(SeriesInstanceUID=fresh(PREFIX, "series", "ct"), ReferencedInstanceSequence=images)
    ]
    ds.SegmentSequence = [
        item(
            SegmentNumber=number, SegmentLabel=label, SegmentAlgorithmType="MANUAL",
            RecommendedDisplayCIELabValue=[40000 + number, 33000, 40500],
            SegmentedPropertyCategoryCodeSequence=[code("123037004", "Anatomical Structure", "SCT")],
            SegmentedPropertyTypeCodeSequence=[code(value, label, "SCT")],
        )
        for number, (label, value) in enumerate((("Liver", "10200004"), ("Lung", "39607008")), 1)
    ]  # fmt: skip
    frames = []
    for number in range(2):
        source = refers("CTImageStorage", f"ct{number}")
        content = item(DimensionIndexValues=[number + 1, 1])
        frames.append(
            item(
                DerivationImageSequence=[item(SourceImageSequence=[source])], FrameContentSequence=[content],
                SegmentIdentificationSequence=[item(ReferencedSegmentNumber=number + 1)],
                PlanePositionSequence=[item(ImagePositionPatient=[-99.5, -101.25, 31.125 + 2.25 * number])],
            )
        )  # fmt: skip
    ds.PerFrameFunctionalGroupsSequence = frames
    return ds


def parametric_map() -> Dataset:
    ds = place(made("ParametricMapStorage", "MR", "parametric"), 0)
    for keyword in ("BitsAllocated", "BitsStored", "HighBit"):
        del ds[keyword]
    ds.BitsAllocated, ds.NumberOfFrames, ds.ContentLabel = 32, 1, "ADC"
    ds.FloatPixelData = pack(f"<{ROWS * COLUMNS}f", *(0.0001 * at for at in range(ROWS * COLUMNS)))
    values = item(
        DoubleFloatRealWorldValueFirstValueMapped=0.0, DoubleFloatRealWorldValueLastValueMapped=0.01,
        RealWorldValueIntercept=0.0, RealWorldValueSlope=1.0, LUTLabel="ADC",
        MeasurementUnitsCodeSequence=[code("mm2/s", "square millimeter per second", "UCUM")],
    )  # fmt: skip
    images = [refers("MRImageStorage", f"dwi{number}") for number in range(2)]
    ds.SharedFunctionalGroupsSequence = [
        item(
            RealWorldValueMappingSequence=[values],
            DerivationImageSequence=[item(SourceImageSequence=images)],
        )
    ]
    ds.ReferencedSeriesSequence = [
        item(SeriesInstanceUID=fresh(PREFIX, "series", "dwi"), ReferencedInstanceSequence=images)
    ]
    return ds


def registration() -> Dataset:
    ds = made("SpatialRegistrationStorage", "REG", "reg")
    matrix = item(
        FrameOfReferenceTransformationMatrix=[1, 0, 0, 1.5, 0, 1, 0, -2.25, 0, 0, 1, 3.125, 0, 0, 0, 1],
        FrameOfReferenceTransformationMatrixType="RIGID",
    )
    ds.RegistrationSequence = [
        item(
            FrameOfReferenceUID=FRAME, ReferencedImageSequence=[refers("MRImageStorage", "dwi0")],
            MatrixRegistrationSequence=[item(MatrixSequence=[matrix])],
        )
    ]  # fmt: skip
    ds.ReferencedSeriesSequence = [
        item(
            SeriesInstanceUID=fresh(PREFIX, "series", "dwi"),
            ReferencedInstanceSequence=[refers("MRImageStorage", "dwi0")],
        )
    ]
    return ds


def presentation() -> Dataset:
    ds = made("GrayscaleSoftcopyPresentationStateStorage", "PR", "state")
    ds.ContentLabel, ds.PresentationCreationDate, ds.PresentationCreationTime = "LIVER", "20190316", "111213"
    images = [refers("CTImageStorage", f"ct{number}") for number in range(SLICES)]
    ds.ReferencedSeriesSequence = [
        item(SeriesInstanceUID=fresh(PREFIX, "series", "ct"), ReferencedImageSequence=images)
    ]
    ds.SoftcopyVOILUTSequence = [item(WindowCenter="60", WindowWidth="350", ReferencedImageSequence=images[:1])]
    ds.DisplayedAreaSelectionSequence = [
        item(
            DisplayedAreaTopLeftHandCorner=[1, 1], DisplayedAreaBottomRightHandCorner=[COLUMNS, ROWS],
            PresentationSizeMode="SCALE TO FIT", PresentationPixelSpacing=[0.78125, 0.78125],
        )
    ]  # fmt: skip
    drawn = item(GraphicDimensions=2, NumberOfGraphicPoints=2, GraphicType="POLYLINE", GraphicFilled="N")
    drawn.GraphicAnnotationUnits, drawn.GraphicData = "PIXEL", [1.5, 2.5, 6.25, 7.75]
    ds.GraphicAnnotationSequence = [
        item(GraphicLayer="LAYER1", GraphicObjectSequence=[drawn], ReferencedImageSequence=images[1:2])
    ]
    return ds


def selection() -> Dataset:
    """Key objects: the slice that matters."""
    ds = made("KeyObjectSelectionDocumentStorage", "KO", "keys")
    ds.ValueType, ds.ContinuityOfContent = "CONTAINER", "SEPARATE"
    ds.ConceptNameCodeSequence = [code("113000", "Of Interest")]
    image = item(
        RelationshipType="CONTAINS", ValueType="IMAGE", ReferencedSOPSequence=[refers("CTImageStorage", "ct1")]
    )
    ds.ContentSequence = [image]
    ds.CurrentRequestedProcedureEvidenceSequence = [
        item(StudyInstanceUID=_STUDY, ReferencedSeriesSequence=[_series("ct", "CTImageStorage", SLICES)])
    ]
    return ds


def measurements() -> Dataset:
    """A report with numbers measured on a slice and in a segment (after PS3.16 TID 1500)."""
    ds = made("Comprehensive3DSRStorage", "SR", "report")
    ds.ValueType, ds.ContinuityOfContent, ds.CompletionFlag = "CONTAINER", "SEPARATE", "COMPLETE"
    ds.VerificationFlag, ds.ConceptNameCodeSequence = "UNVERIFIED", [code("126000", "Imaging Measurement Report")]
    number = item(MeasurementUnitsCodeSequence=[code("mm", "millimeter", "UCUM")], NumericValue="17.25")
    measured = item(RelationshipType="CONTAINS", ValueType="NUM", MeasuredValueSequence=[number])
    measured.ConceptNameCodeSequence = [code("103339001", "Long Axis", "SCT")]
    where = item(RelationshipType="INFERRED FROM", ValueType="SCOORD", GraphicType="POLYLINE")
    where.GraphicData = [1.5, 2.5, 6.25, 7.75]
    shown = item(RelationshipType="SELECTED FROM", ValueType="IMAGE")
    shown.ReferencedSOPSequence = [refers("CTImageStorage", "ct1")]
    where.ContentSequence, measured.ContentSequence = [shown], [where]
    group = item(RelationshipType="CONTAINS", ValueType="CONTAINER", ContinuityOfContent="SEPARATE")
    group.ConceptNameCodeSequence, group.ContentSequence = [code("125007", "Measurement Group")], [measured]
    ds.ContentSequence = [group]
    ds.CurrentRequestedProcedureEvidenceSequence = [
        item(StudyInstanceUID=_STUDY, ReferencedSeriesSequence=[_series("ct", "CTImageStorage", SLICES)])
    ]
    return ds


STUDY: tuple[tuple[str, Callable[[], Dataset]], ...] = (
    *((f"{PREFIX}ct{number}", partial(ct, number)) for number in range(SLICES)),
    *((f"{PREFIX}dwi{number}", partial(dwi, number)) for number in range(2)),
    *((f"{PREFIX}pet{number}", partial(pet, number)) for number in range(2)),
    (f"{PREFIX}enhanced", enhanced_dwi), (f"{PREFIX}map", value_map), (f"{PREFIX}seg", segmentation),
    (f"{PREFIX}parametric", parametric_map), (f"{PREFIX}reg", registration), (f"{PREFIX}state", presentation),
    (f"{PREFIX}keys", selection), (f"{PREFIX}report", measurements),
)  # fmt: skip
