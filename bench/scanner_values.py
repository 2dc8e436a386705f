"""What the made-up slices of `bench.scanner` say: values of the elements of a chest CT, with places for what differs.

In braces stands what a person, a series or a slice has of its own. The free text is written as people write it: words
of the trade, and among them names, dates, numbers and places.
"""

from __future__ import annotations

SERIES = (
    ("Topogram {surname}", "CT thorax routine (contrast)", "Topogram 0.6 T20f"),
    ("Thorax with contrast 1.0 Br36 {day}.{month}.{year}", "CT thorax routine (contrast)", "Br36f lung soft tissue"),
    ("Lung 1.0 Bl57, copy to Dr {doctor_surname}", "Thorax {surname} {forename} special", "Bl57f lung"),
    ("Coronal MPR 3.0", "CT thorax routine (contrast)", "Reformat coronal, checked {day}/{month}/{year} by JP"),
)
"""Series description, protocol name and derivation of the four series."""

VALUES = {
    "SpecificCharacterSet": "ISO_IR 100", "ImageType": "ORIGINAL\\PRIMARY\\AXIAL\\HELIX",
    "InstanceCreationDate": "{date}", "InstanceCreationTime": "1015{second:02}.{slice:03}",
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "SOPInstanceUID": "{sop_uid}", "StudyDate": "{date}",
    "SeriesDate": "{date}", "AcquisitionDate": "{date}", "ContentDate": "{date}",
    "AcquisitionDateTime": "{date}1015{second:02}.{slice:03}", "StudyTime": "101203.250",
    "SeriesTime": "10{series}501.120", "AcquisitionTime": "1015{second:02}.{slice:03}",
    "ContentTime": "1016{second:02}.{slice:03}", "AccessionNumber": "{accession}", "Modality": "CT",
    "Manufacturer": "GE MEDICAL SYSTEMS", "InstitutionName": "Fairhaven General Hospital",
    "InstitutionAddress": "12 Orchard Road, Fairhaven FH4 7QT", "ReferringPhysicianName": "{doctor}",
    "StationName": "FGHCT02",
    "StudyDescription": "CT chest with contrast {surname} {forename}, GP {day}/{month}/{year}",
    "SeriesDescription": "{series_words}", "InstitutionalDepartmentName": "Radiology, Ward 7B",
    "PerformingPhysicianName": "Osei^Daniel", "NameOfPhysiciansReadingStudy": "Whitcombe^Ruth",
    "OperatorsName": "Jp^Radiographer",
    "AdmittingDiagnosesDescription": "Cough, weight loss, known to Dr {doctor_surname}",
    "ManufacturerModelName": "Revolution CT", "IrradiationEventUID": "{event_uid}",
    "DerivationDescription": "{derivation}", "PatientName": "{surname}^{forename}", "PatientID": "{patient_id}",
    "IssuerOfPatientID": "FGH", "PatientBirthDate": "{born}", "PatientSex": "F", "PatientAge": "0{age:02}Y",
    "PatientSize": "1.68", "PatientWeight": "71.5", "PatientAddress": "4 Mill Lane, Fairhaven",
    "MedicalAlerts": "None", "Allergies": "Penicillin", "EthnicGroup": "A", "PatientTelephoneNumbers": "01632 960123",
    "AdditionalPatientHistory": "Haemoptysis since {month}/{year}, ex smoker. Previous CT {day}.{month}.{year} at "
    "Fairhaven General Hospital, ID {patient_id}. Query malignancy. Daughter Mrs {surname} to be phoned on 01632 "
    "960123.",
    "PregnancyStatus": 4, "PatientComments": "Needs interpreter, hoist. {forename} prefers mornings",
    "ContrastBolusAgent": "Omnipaque 300", "BodyPartExamined": "CHEST", "ScanOptions": "HELICAL MODE",
    "SliceThickness": "1.25", "KVP": "120", "DataCollectionDiameter": "500", "DeviceSerialNumber": "FGH10482",
    "SoftwareVersions": "revo_ct_21b.32", "ProtocolName": "{protocol}", "ContrastBolusRoute": "IV",
    "ContrastBolusVolume": "90", "ContrastBolusStartTime": "101430", "ContrastBolusTotalDose": "27",
    "ContrastFlowRate": "3.5", "ContrastFlowDuration": "25.7", "ContrastBolusIngredient": "IODINE",
    "ContrastBolusIngredientConcentration": "300", "SpacingBetweenSlices": "1.25", "ReconstructionDiameter": "360",
    "DistanceSourceToDetector": "1097.6", "DistanceSourceToPatient": "625.6", "GantryDetectorTilt": "0",
    "TableHeight": "158.5", "RotationDirection": "CW", "ExposureTime": "500", "XRayTubeCurrent": "{current}",
    "Exposure": "{exposure}", "FilterType": "BODY FILTER", "GeneratorPower": "28800", "FocalSpots": "1.2",
    "DateOfLastCalibration": "20260105", "TimeOfLastCalibration": "070000", "ConvolutionKernel": "STANDARD",
    "PatientPosition": "FFS", "RevolutionTime": 0.5, "SingleCollimationWidth": 0.625, "TotalCollimationWidth": 80.0,
    "TableSpeed": 158.75, "TableFeedPerRotation": 79.375, "SpiralPitchFactor": 0.992,
    "DataCollectionCenterPatient": [0.0, 0.0, -120.5], "ReconstructionTargetCenterPatient": [0.0, 0.0, -120.5],
    "ExposureModulationType": "XYZ_EC", "EstimatedDoseSaving": 18.0, "CTDIvol": 6.43,
    "StudyInstanceUID": "{study_uid}", "SeriesInstanceUID": "{series_uid}", "StudyID": "{study_id}",
    "SeriesNumber": "{series}", "AcquisitionNumber": "1", "InstanceNumber": "{slice}",
    "ImagePositionPatient": "-180.0\\-180.0\\{position}", "ImageOrientationPatient": "1\\0\\0\\0\\1\\0",
    "FrameOfReferenceUID": "{frame_uid}", "PositionReferenceIndicator": "SN", "SliceLocation": "{position}",
    "ImagesInAcquisition": "25", "ImageComments": "Breath held. Seen by Dr {doctor_surname}",
    "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "Rows": 512, "Columns": 512,
    "PixelSpacing": "0.703125\\0.703125", "BitsAllocated": 16, "BitsStored": 16, "HighBit": 15,
    "PixelRepresentation": 1, "SmallestImagePixelValue": -1000, "LargestImagePixelValue": 999,
    "PixelPaddingValue": -2000, "WindowCenter": "40", "WindowWidth": "400", "RescaleIntercept": "0",
    "RescaleSlope": "1", "RescaleType": "HU", "WindowCenterWidthExplanation": "SOFT TISSUE",
    "LossyImageCompression": "00", "RequestingPhysician": "{doctor}", "RequestingService": "Chest clinic",
    "RequestedProcedureDescription": "CT thorax with contrast",
    "ReasonForStudy": "Query nodule, seen by {doctor_surname}",
    "PerformedProcedureStepStartDate": "{date}", "PerformedProcedureStepStartTime": "101203",
    "PerformedProcedureStepID": "PPS{accession}", "PerformedProcedureStepDescription": "CT chest with contrast",
    "CommentsOnThePerformedProcedureStep": "Cannula left arm, 90 ml at 3.5 ml/s, JP {day}/{month}/{year}",
}  # fmt: skip

SEQUENCES = {
    "ReferencedStudySequence": {"ReferencedSOPClassUID": "1.2.840.10008.3.1.2.3.1",
                                "ReferencedSOPInstanceUID": "{study_uid}"},
    "ReferencedImageSequence": {"ReferencedSOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
                                "ReferencedSOPInstanceUID": "{first_uid}"},
    "ReferencedPerformedProcedureStepSequence": {"ReferencedSOPClassUID": "1.2.840.10008.3.1.2.3.3",
                                                 "ReferencedSOPInstanceUID": "{step_uid}"},
    "ProcedureCodeSequence": {"CodeValue": "CCHESC", "CodingSchemeDesignator": "99NICIP",
                              "CodeMeaning": "CT thorax with contrast"},
    "OtherPatientIDsSequence": {"PatientID": "{nhs_number}", "IssuerOfPatientID": "NHS"},
    "RequestAttributesSequence": {"RequestedProcedureID": "{accession}", "ScheduledProcedureStepID": "1",
                                  "ScheduledProcedureStepDescription": "CT thorax with contrast {surname}"},
    "CTDIPhantomTypeCodeSequence": {"CodeValue": "113691", "CodingSchemeDesignator": "DCM",
                                    "CodeMeaning": "IEC Body Dosimetry Phantom"},
}  # fmt: skip
"""One item each."""

PRIVATE = {
    "DS": "373.750000", "IS": "{number}", "LO": "S", "SH": "SCOUT", "LT": "", "DT": "{date}101500", "SS": 2, "US": 3,
    "SL": 912, "UL": 40, "FL": 0.98, "UN": b"\0\1\0\2",
}  # fmt: skip
"""Values of the private elements, by VR."""
MOVING = {0x24: "{second}.250000", 0x2A: "{position}", 0x2B: "{position}"}
"""Values that change from slice to slice: middle of the scan time, where the X-rays went on and off."""
