"""Real PACS for tests: Orthanc and DCMTK's dcmqrscp, which know one place to send to, with scans in them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from support.peers import ORTHANC_PLUGINS, free_port

STORESCU = "/usr/bin/storescu"


@dataclass(frozen=True)
class Served:
    """Where a PACS listens."""

    kind: str
    port: int
    ae_title: str
    process: subprocess.Popen[bytes]
    web: str = ""

    def kill(self) -> None:
        """End it and all that it forked, at once, as a power cut does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)


@contextmanager
def orthanc(
    at: Path, *, destination: str, port: int, title: str = "PACS", ports: tuple[int, int] | None = None
) -> Iterator[Served]:  # fmt: skip
    """Orthanc, which sends to `destination` on this machine's `port`. `ports`: its own for DICOM and HTTP."""
    dicom, http = ports or (free_port(), free_port())
    at.mkdir(parents=True, exist_ok=True)
    config = {
        "Name": "pacs", "StorageDirectory": str(at / "store"), "IndexDirectory": str(at / "store"), "HttpPort": http,
        "DicomPort": dicom, "DicomAet": title, "RemoteAccessAllowed": False, "AuthenticationEnabled": False,
        "DicomAlwaysAllowStore": True, "DicomAlwaysAllowFind": True, "DicomAlwaysAllowMove": True,
        "DicomCheckCalledAet": False, "DicomModalities": {"us": [destination, "127.0.0.1", port]},
        "DicomAlwaysAllowGet": True, "Plugins": [f"{ORTHANC_PLUGINS}/libOrthancDicomWeb.so"],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }  # fmt: skip
    (at / "orthanc.json").write_text(json.dumps(config), encoding="utf-8")
    with _running(["Orthanc", str(at / "orthanc.json")], at / "orthanc.log") as process:
        _answering(f"http://127.0.0.1:{http}/system")
        yield Served("orthanc", dicom, title, process, f"http://127.0.0.1:{http}/dicom-web")


@contextmanager
def dcmqrscp(
    at: Path, *, destination: str, port: int, title: str = "PACS", ports: tuple[int, int] | None = None
) -> Iterator[Served]:  # fmt: skip
    """DCMTK's dcmqrscp, which sends to `destination` on this machine's `port`. `ports`: the first is its own."""
    dicom = ports[0] if ports else free_port()
    store = at / "qr"
    store.mkdir(parents=True, exist_ok=True)
    (at / "dcmqrscp.cfg").write_text(
        f"""NetworkTCPPort = {dicom}
MaxPDUSize = 131072
MaxAssociations = 16
HostTable BEGIN
us = ({destination}, 127.0.0.1, {port})
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
{title} {store} RW (2000, 4096mb) ANY
AETable END
""",
        encoding="ascii",
    )
    with _running(["dcmqrscp", "-c", str(at / "dcmqrscp.cfg"), "-ta", "60", "-td", "60"], at / "qr.log") as process:
        _listening(dicom, title)
        yield Served("dcmqrscp", dicom, title, process)


@contextmanager
def _running(words: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as out:
        process = subprocess.Popen(words, stdout=out, stderr=out, start_new_session=True)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def fill(served: Served, folder: Path) -> None:
    """Send what lies in a folder to the PACS."""
    words = [STORESCU, "-aec", served.ae_title, "+sd", "+r", "127.0.0.1", str(served.port), str(folder)]
    subprocess.run(words, check=True, capture_output=True)


def _answering(url: str, seconds: float = 30) -> None:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(url)


def _listening(port: int, title: str, seconds: float = 30) -> None:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        done = subprocess.run(["echoscu", "-aec", title, "127.0.0.1", str(port)], capture_output=True, check=False)
        if not done.returncode:
            return
        time.sleep(0.2)
    raise TimeoutError(f"nobody answers on {port}")


def written(folder: Path, objects: Sequence[Dataset]) -> list[Path]:
    """Write objects to files; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:05d}.dcm" for number in range(len(objects))]
    for path, one in zip(paths, objects, strict=True):
        one.save_as(path, enforce_file_format=True)
    return paths


def image(
    uid: str, *, scan: str, series: str, number: int = 1, accession: str = "ACC1", patient: str = "P1",
    day: str = "20260303", **more: object,
) -> Dataset:  # fmt: skip
    """A CT slice of two by two pixels, with what a PACS is asked by."""
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, uid
    ds.StudyInstanceUID, ds.SeriesInstanceUID = scan, series
    ds.AccessionNumber, ds.PatientID, ds.PatientName = accession, patient, "Äpfel^Ö"
    ds.StudyDate, ds.StudyTime = day, "101500"
    ds.SpecificCharacterSet, ds.StudyID, ds.SeriesNumber, ds.InstanceNumber = "ISO_IR 100", "1", series[-1], number
    ds.Modality, ds.BodyPartExamined, ds.StudyDescription = "CT", "CHEST", "CT chest"
    ds.SeriesDescription, ds.ImageType = "Thorax 1.0", ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.Rows = ds.Columns = 2
    ds.BitsAllocated = ds.BitsStored = 16
    ds.HighBit, ds.PixelRepresentation, ds.SamplesPerPixel = 15, 0, 1
    ds.PhotometricInterpretation, ds.PixelData = "MONOCHROME2", b"\0" * 8
    for keyword, value in more.items():
        setattr(ds, keyword, value)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = CTImageStorage, uid
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return ds
