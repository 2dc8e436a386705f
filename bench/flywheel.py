"""A profile for fw-file-rs that does to the slices of `bench.scanner` what it can of ours, and no more than they need.

It moves all people by one number of days, cleans no text but replaces or removes it, and keeps no private element.
"""

from __future__ import annotations

_GONE = """
InstitutionName InstitutionAddress StationName InstitutionalDepartmentName PerformingPhysicianName
NameOfPhysiciansReadingStudy OperatorsName AdmittingDiagnosesDescription IssuerOfPatientID PatientAddress
PatientTelephoneNumbers AdditionalPatientHistory PatientComments EthnicGroup MedicalAlerts Allergies
DerivationDescription ImageComments ReasonForStudy RequestingPhysician RequestingService PerformedProcedureStepID
CommentsOnThePerformedProcedureStep RequestedProcedureID ScheduledProcedureStepID
"""
_REPLACED = """
PatientName PatientID StudyDescription SeriesDescription ProtocolName RequestedProcedureDescription
PerformedProcedureStepDescription ScheduledProcedureStepDescription
"""
_EMPTIED = "AccessionNumber ReferringPhysicianName StudyID PatientBirthDate"
_MOVED = """
StudyDate SeriesDate AcquisitionDate ContentDate InstanceCreationDate DateOfLastCalibration
PerformedProcedureStepStartDate
"""
_KEYED = """
SOPInstanceUID StudyInstanceUID SeriesInstanceUID FrameOfReferenceUID IrradiationEventUID ReferencedSOPInstanceUID
"""
_DONE = (
    (_GONE, "remove: true"), (_REPLACED, "replace-with: REMOVED"), (_EMPTIED, 'replace-with: ""'),
    (_MOVED, "increment-date: true"), ("AcquisitionDateTime", "increment-datetime: true"), (_KEYED, "hashuid: true"),
)  # fmt: skip
PROFILE = """version: 1
name: bench
dicom:
  date-increment: -700
  remove-private-tags: true
  recurse-sequence: true
  fields:
""" + "".join(f"    - name: {name}\n      {done}\n" for names, done in _DONE for name in names.split())
