"""The canary: a tiny made-up object sent through the real way in, so that health is proven by traffic."""

from __future__ import annotations

import io
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from isocentre.jobs import door as jobs
from isocentre.rooms.intake.models import CANARY, Arrival, Disposition, LedgerRow
from isocentre.rooms.intake.receive import quarantine

KEEP = timedelta(hours=1)
PATIENT = "CANARY"


def made() -> bytes:
    """A new 8 × 8 CT object as a Part 10 file; its UIDs are new each time."""
    # Here, and not above: it takes 0.2 s of every process of the hospital side, and one of them makes canaries.
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, f"2.25.{secrets.randbits(120)}"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = f"2.25.{secrets.randbits(120)}", f"2.25.{secrets.randbits(120)}"
    ds.PatientID = ds.PatientName = PATIENT
    ds.PatientBirthDate = ds.PatientSex = ds.StudyTime = ds.AccessionNumber = ds.ReferringPhysicianName = ""
    ds.StudyDate, ds.StudyID, ds.SeriesNumber, ds.InstanceNumber = f"{timezone.localdate():%Y%m%d}", "1", 1, 1
    ds.Modality, ds.BodyPartExamined, ds.Manufacturer = "CT", "CHEST", "Isocentre"
    ds.ImageType, ds.FrameOfReferenceUID = ["ORIGINAL", "PRIMARY", "AXIAL"], f"2.25.{secrets.randbits(120)}"
    ds.PositionReferenceIndicator, ds.KVP, ds.AcquisitionNumber = "", None, None
    ds.PixelSpacing, ds.ImageOrientationPatient = [1, 1], [1, 0, 0, 0, 1, 0]
    ds.ImagePositionPatient, ds.SliceThickness = [0, 0, 0], 1
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.Rows, ds.Columns = 1, "MONOCHROME2", 8, 8
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
    ds.RescaleIntercept, ds.RescaleSlope, ds.PixelData = 0, 1, secrets.token_bytes(128)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = CTImageStorage, ds.SOPInstanceUID
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


def observe(worker: str = "") -> int:
    """Remember when the last canary was sent on; erase those older than an hour, without a tombstone."""
    sent = LedgerRow.objects.filter(research_study=CANARY, disposition=Disposition.SENT_ON)
    last = sent.order_by("-sent_at").values_list("sent_at", flat=True).first()
    if last is not None:
        jobs.remember("canary", {"ok_at": last.isoformat()})
    old = LedgerRow.objects.filter(research_study=CANARY, arrival__arrived_at__lt=timezone.now() - KEEP)
    arrivals = list(Arrival.objects.filter(rows__in=old))
    for arrival in arrivals:
        (quarantine() / arrival.path).unlink(missing_ok=True)
    with transaction.atomic():
        ids = [a.pk for a in arrivals]
        LedgerRow.objects.filter(arrival__in=ids).delete()
        Arrival.objects.filter(pk__in=ids).delete()
    return len(arrivals)
