"""What is right of text that PS3.15 Table E.1-1 does not name: reviewed by hand, apart from any list of an engine.

Of what stands in none of these lists nothing is asked but what was planted.
"""

from __future__ import annotations

from functools import cache

# What the image is made by and how: a researcher misses each.
_TECHNICAL = """
00080070:Manufacturer 00081090:ManufacturerModelName 00181020:SoftwareVersions 0018702A:DetectorManufacturerName
0018702B:DetectorManufacturerModelName 00189041:ReceiveCoilManufacturerName 00189050:TransmitCoilManufacturerName
00181016:SecondaryCaptureDeviceManufacturer 00181018:SecondaryCaptureDeviceManufacturerModelName
00181019:SecondaryCaptureDeviceSoftwareVersions 00181210:ConvolutionKernel 00181160:FilterType
00181250:ReceiveCoilName 00181251:TransmitCoilName 00189047:MultiCoilElementName 00189005:PulseSequenceName
00180024:SequenceName 00180085:ImagedNucleus 00181180:CollimatorGridName 001811A4:PaddleDescription 00181260:PlateType
00181261:PhosphorType 00181401:AcquisitionDeviceProcessingCode 00185020:ProcessingFunction
00185021:PostprocessingFunction 00185010:TransducerData 00187006:DetectorDescription
00187062:ExposureControlModeDescription 00189080:MetaboliteMapDescription 00189252:ASLTechniqueDescription
00181040:ContrastBolusRoute 00180031:Radiopharmaceutical 00181070:RadiopharmaceuticalRoute 00540018:EnergyWindowName
00541101:AttenuationCorrectionMethod 00541103:ReconstructionMethod 00541105:ScatterCorrectionMethod
00281054:RescaleType 00283004:ModalityLUTType 00283003:LUTExplanation 00409210:LUTLabel
00281055:WindowCenterWidthExplanation 00209056:StackID 00209421:DimensionDescriptionLabel
00201040:PositionReferenceIndicator 00480106:OpticalPathIdentifier 00080100:CodeValue 00080102:CodingSchemeDesignator
00080103:CodingSchemeVersion 00080112:CodingSchemeRegistry 00080115:CodingSchemeName 00080104:CodeMeaning
00080119:LongCodeValue 00420012:MIMETypeOfEncapsulatedDocument 00620005:SegmentLabel 00620009:SegmentAlgorithmName
00660036:AlgorithmName 00660031:AlgorithmVersion 300A00D4:WedgeID 300A0108:ApplicatorID 300A00E1:MaterialID
300A0226:SourceIsotopeName 30020052:FluenceModeID
"""
# Orders, comments, dates of birth in other calendars, addresses of systems: nobody's image needs them.
_IDENTIFYING = """
00401006:PlacerOrderNumberProcedure 00401007:FillerOrderNumberProcedure
00402006:PlacerOrderNumberImagingServiceRequestRetired 00402007:FillerOrderNumberImagingServiceRequestRetired
00400400:CommentsOnTheScheduledProcedureStep 30040006:DoseComment 300A0402:SetupImageComment
300600C8:FrameOfReferenceTransformationComment 30080202:TreatmentStatusComment 30080066:OverrideReason
00660004:SurfaceComments 0018991A:InstructionPerformanceComment 00240044:CommentsOnPatientPerformanceOfVisualField
00100033:PatientBirthDateInAlternativeCalendar 00100034:PatientDeathDateInAlternativeCalendar
00100035:PatientAlternativeCalendar 0074100C:ContactDisplayName 0074100A:ContactURI 00081190:RetrieveURL
0040E010:RetrieveURI 00404073:StorageURL 00741238:ReasonForCancellation
"""
# As free as the descriptions that the table names: with descriptors cleaned (113105) their vocabulary may stay.
_DESCRIBING = """
00189423:AcquisitionProtocolName 00189531:ReconstructionDescription 00082127:ViewName 00082120:StageName
00209453:FrameLabel 00286022:FrameOfInterestDescription 00540400:ImageID 30020003:RTImageName
30020004:RTImageDescription 300A00C2:BeamName 300A00FE:BlockName 300A010A:ApplicatorDescription
300A0183:PatientSetupLabel 300A01BA:SetupDeviceDescription 300A0009:TreatmentProtocols
00400556:AcquisitionContextDescription 00281351:PartialViewDescription
"""
# Names that a hospital gave to a machine: they stay where the identity of devices does (113109).
_MACHINES = " 30020020:RadiationMachineName 00181003:DeviceID"


@cache
def technical() -> frozenset[int]:
    """Tags of what stays exactly as it is where nothing was planted into it."""
    return _tags(_TECHNICAL)


@cache
def goes(options: frozenset[int]) -> frozenset[int]:
    """Tags of what may not be there under these options."""
    cleaned, machines = 113105 in options, 113109 in options
    return _tags(_IDENTIFYING + ("" if cleaned else _DESCRIBING) + ("" if machines else _MACHINES))


def described(tag: int) -> bool:
    """Whether vocabulary in an attribute stays where descriptors are cleaned."""
    return tag in _tags(_DESCRIBING)


@cache
def _tags(words: str) -> frozenset[int]:
    return frozenset(int(word[:8], 16) for word in words.split())
