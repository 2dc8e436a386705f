"""Radiotherapy of the made study: structures drawn on its slices, plan, dose and what was given."""

from __future__ import annotations

from collections.abc import Callable
from struct import pack

from pydicom.dataset import Dataset

from support.corpus.made import fresh
from support.corpus.made_study import COLUMNS, FRAME, PREFIX, ROWS, SLICES, item, made, place, refers

_RTSTRUCT, _RTPLAN = "RTStructureSetStorage", "RTPlanStorage"


def structures() -> Dataset:
    """Three contours of two structures, each on its slice."""
    ds = made(_RTSTRUCT, "RTSTRUCT", "structures")
    ds.StructureSetLabel, ds.StructureSetDate, ds.StructureSetTime = "PLAN1", "20190316", "141516"
    slices = [refers("CTImageStorage", f"ct{number}") for number in range(SLICES)]
    series = item(SeriesInstanceUID=fresh(PREFIX, "series", "ct"), ContourImageSequence=slices)
    study = item(ReferencedSOPClassUID="1.2.840.10008.3.1.2.3.1", ReferencedSOPInstanceUID=ds.StudyInstanceUID)
    study.RTReferencedSeriesSequence = [series]
    ds.ReferencedFrameOfReferenceSequence = [item(FrameOfReferenceUID=FRAME, RTReferencedStudySequence=[study])]
    ds.StructureSetROISequence, ds.ROIContourSequence, ds.RTROIObservationsSequence = [], [], []
    for number, (name, kind) in enumerate((("GTV", "GTV"), ("Heart", "ORGAN")), 1):
        ds.StructureSetROISequence.append(
            item(
                ROINumber=number, ReferencedFrameOfReferenceUID=FRAME, ROIName=name, ROIVolume="12.75",
                ROIGenerationAlgorithm="MANUAL",
            )
        )  # fmt: skip
        contours = []
        for at in range(SLICES):
            z = 31.125 + 2.25 * at
            points = [-9.5 + number, -10.25, z, 4.5, -10.25, z, 4.5, 8.75, z]
            contour = item(ContourGeometricType="CLOSED_PLANAR", NumberOfContourPoints=3, ContourData=points)
            contour.ContourImageSequence, contour.ContourNumber = [slices[at]], at + 1
            contours.append(contour)
        drawn = item(ReferencedROINumber=number, ROIDisplayColor=[255, 10 * number, 0], ContourSequence=contours)
        ds.ROIContourSequence.append(drawn)
        seen = item(ObservationNumber=number, ReferencedROINumber=number, RTROIInterpretedType=kind, ROIInterpreter="")
        ds.RTROIObservationsSequence.append(seen)
    return ds


def plan() -> Dataset:
    """One beam of two control points."""
    ds = made(_RTPLAN, "RTPLAN", "plan")
    ds.RTPlanLabel, ds.RTPlanDate, ds.RTPlanTime, ds.RTPlanGeometry = "PLAN1", "20190317", "090807", "PATIENT"
    ds.ReferencedStructureSetSequence = [refers(_RTSTRUCT, "structures")]
    ds.DoseReferenceSequence = [
        item(DoseReferenceNumber=1, DoseReferenceStructureType="VOLUME", DoseReferenceType="TARGET",
             ReferencedROINumber=1, TargetPrescriptionDose="60")
    ]  # fmt: skip
    beam = item(ReferencedBeamNumber=1, BeamDose="2", BeamMeterset="187.35")
    ds.FractionGroupSequence = [
        item(FractionGroupNumber=1, NumberOfFractionsPlanned=30, NumberOfBeams=1, ReferencedBeamSequence=[beam])
    ]
    points = []
    for number, weight in enumerate((0.0, 1.0)):
        jaws = item(RTBeamLimitingDeviceType="X", LeafJawPositions=[-50.5 + number, 49.5])
        point = item(
            ControlPointIndex=number, NominalBeamEnergy="6", GantryAngle=f"{181.5 - number}",
            CumulativeMetersetWeight=str(weight), BeamLimitingDeviceAngle="10", IsocenterPosition=[-4.5, 3.25, 33.375],
        )  # fmt: skip
        point.BeamLimitingDevicePositionSequence = [jaws]
        points.append(point)
    ds.BeamSequence = [
        item(
            BeamNumber=1, BeamName="ANT", BeamType="DYNAMIC", RadiationType="PHOTON", SourceAxisDistance="1000",
            FinalCumulativeMetersetWeight="1", NumberOfControlPoints=2, ControlPointSequence=points,
        )
    ]  # fmt: skip
    return ds


def dose() -> Dataset:
    """A grid on the slices, and the histogram of a structure."""
    ds = place(made("RTDoseStorage", "RTDOSE", "dose"), 0)
    ds.BitsAllocated = ds.BitsStored = 32
    ds.HighBit, ds.PixelRepresentation, ds.NumberOfFrames = 31, 0, SLICES
    ds.FrameIncrementPointer, ds.GridFrameOffsetVector = 0x3004000C, [0.0, 2.25, 4.5]
    ds.DoseUnits, ds.DoseType, ds.DoseSummationType, ds.DoseGridScaling = "GY", "PHYSICAL", "PLAN", "1.2345678e-06"
    ds.PixelData = pack(f"<{SLICES * ROWS * COLUMNS}L", *(at * 104729 for at in range(SLICES * ROWS * COLUMNS)))
    ds.ReferencedRTPlanSequence = [refers(_RTPLAN, "plan")]
    ds.ReferencedStructureSetSequence = [refers(_RTSTRUCT, "structures")]
    histogram = item(
        DVHType="CUMULATIVE", DoseUnits="GY", DoseType="PHYSICAL", DVHDoseScaling="1", DVHVolumeUnits="CM3",
        DVHNumberOfBins=4, DVHData=[0.5, 12.75, 0.5, 11.5, 0.5, 3.25, 0.5, 0.0], DVHMinimumDose="0.25",
        DVHMaximumDose="2.1", DVHMeanDose="1.375",
    )  # fmt: skip
    histogram.DVHReferencedROISequence = [item(DVHROIContributionType="INCLUDED", ReferencedROINumber=1)]
    ds.DVHSequence = [histogram]
    return ds


def record() -> Dataset:
    """One fraction as it was given."""
    ds = made("RTBeamsTreatmentRecordStorage", "RTRECORD", "record")
    ds.TreatmentDate, ds.TreatmentTime, ds.NumberOfFractionsPlanned = "20190401", "080910", 30
    ds.ReferencedRTPlanSequence = [refers(_RTPLAN, "plan")]
    given = item(
        ControlPointIndex=0, TreatmentControlPointDate="20190401", TreatmentControlPointTime="080915",
        SpecifiedMeterset="187.35", DeliveredMeterset="187.36", GantryAngle="181.5",
    )  # fmt: skip
    ds.TreatmentSessionBeamSequence = [
        item(ReferencedBeamNumber=1, CurrentFractionNumber=4, BeamName="ANT", ControlPointDeliverySequence=[given])
    ]
    return ds


THERAPY: tuple[tuple[str, Callable[[], Dataset]], ...] = (
    (f"{PREFIX}structures", structures), (f"{PREFIX}plan", plan), (f"{PREFIX}dose", dose), (f"{PREFIX}record", record),
)  # fmt: skip
