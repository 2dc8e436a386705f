"""Senders of the kill test: four associations and an import, which keep sending until they saw an acknowledgement.

What they saw is written down outside Isocentre: SOP Instance UID, SHA-256 of the pixels, and who took it.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import subprocess
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable
from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from support.data import ROOT

SENDERS = ("KILL_A", "KILL_B", "KILL_C", "KILL_D")
STUDY, CALLED = "kill-ct", "KILL_CT"
CT = "1.2.840.10008.5.1.4.1.1.2"
SIDE, SERIES = 24, 20
AGAIN = 0.3  # seconds until the next try
IMPORTED = 12
REST = 1.0  # seconds between two imports: each is a process of its own, whose start costs more than its files


class Acknowledged:
    """What the senders were told is safe: one line each, also in a file."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self.pixels: dict[str, str] = {}
        self.by: dict[str, int] = {}

    def add(self, uid: str, pixels: str, how: str) -> None:
        """The peer saw success for this object."""
        with self._lock, self._path.open("a", encoding="ascii") as file:
            file.write(f"{uid} {pixels} {how}\n")
            self.pixels[uid] = pixels
            self.by[how] = self.by.get(how, 0) + 1


class Slices:
    """Small CT slices of one made-up person, `SERIES` to a scan, each with pixels of its own."""

    def __init__(self, person: str, seed: int) -> None:
        self._person, self._random, self._count = person, random.Random(seed), 0
        self._scan = self._series = ""

    def next(self) -> Dataset:
        """The next slice."""
        if self._count % SERIES == 0:
            self._scan, self._series = generate_uid(), generate_uid()
        self._count += 1
        ds = Dataset()
        ds.SOPClassUID, ds.SOPInstanceUID = CT, generate_uid()
        ds.StudyInstanceUID, ds.SeriesInstanceUID = self._scan, self._series
        ds.ImageType, ds.Modality, ds.BodyPartExamined = ["ORIGINAL", "PRIMARY", "AXIAL"], "CT", "CHEST"
        ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = "20240315"
        ds.StudyTime = ds.SeriesTime = ds.AcquisitionTime = ds.ContentTime = "101500"
        ds.PatientName, ds.PatientID, ds.PatientBirthDate, ds.PatientSex = "Made^Up", self._person, "19600101", "F"
        ds.AccessionNumber, ds.StudyID = f"{self._person}{self._count // SERIES}", "1"
        ds.SeriesNumber, ds.InstanceNumber = 1, self._count % SERIES + 1
        ds.FrameOfReferenceUID, ds.PatientPosition = generate_uid(entropy_srcs=[self._series]), "HFS"
        ds.PixelSpacing, ds.SliceThickness = [1, 1], 1
        ds.ImageOrientationPatient, ds.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [0, 0, self._count % SERIES]
        ds.RescaleIntercept, ds.RescaleSlope, ds.BurnedInAnnotation = 0, 1, "NO"
        ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.Rows, ds.Columns = 1, "MONOCHROME2", SIDE, SIDE
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
        ds.PixelData = self._random.randbytes(SIDE * SIDE * 2)
        ds.file_meta = FileMetaDataset()
        ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = CT, ds.SOPInstanceUID
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        return ds


def pixel_hash(ds: Dataset) -> str:
    """SHA-256 of the pixel data as it was sent, hex."""
    return hashlib.sha256(ds.PixelData).hexdigest()


class Traffic:
    """Four associations (pynetdicom) and one import loop until `stop`; what waits then is still sent, or counted."""

    def __init__(self, *, port: int, folder: Path, environment: dict[str, str], seed: int, pace: float) -> None:
        self.acknowledged = Acknowledged(folder / "acknowledged.txt")
        self.unsure = 0  # sent, and no answer was seen: they may be there, once
        self.failures: list[str] = []
        self._port, self._folder, self._environment, self._seed, self._pace = port, folder, environment, seed, pace
        self.stopping = threading.Event()
        work: list[Callable[[], None]] = [lambda n=n: self._send(n) for n in range(len(SENDERS))]
        self._threads = [threading.Thread(target=self._guarded, args=(each,)) for each in [*work, self._import]]

    def start(self, *others: Callable[[], None]) -> None:
        """Begin sending; `others` are senders too, which return when `stopping` is set."""
        self._threads += [threading.Thread(target=self._guarded, args=(each,)) for each in others]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """No new objects; returns when every thread is done."""
        self.stopping.set()
        for thread in self._threads:
            thread.join(90)
            if thread.is_alive():
                self.failures.append("a sender did not stop")

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - told of by the harness, which then fails
            self.failures.append(f"a sender failed: {type(error).__name__}: {error}")

    def _send(self, number: int) -> None:
        from pynetdicom import AE

        slices, waiting = Slices(f"KP{number}", self._seed * 10 + number), deque[Dataset]()
        ae = AE(ae_title=SENDERS[number])
        ae.add_requested_context(CT, ExplicitVRLittleEndian)
        ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = 20
        while not self.stopping.is_set():
            association = ae.associate("127.0.0.1", self._port, ae_title=CALLED)
            for _ in range(SERIES):
                if self.stopping.is_set() or not association.is_established:
                    break
                if not waiting:
                    waiting.append(slices.next())
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    try:
                        status = association.send_c_store(waiting[0]).get("Status")
                    except RuntimeError:  # it was aborted in between
                        break
                if status == 0:
                    done = waiting.popleft()
                    self.acknowledged.add(done.SOPInstanceUID, pixel_hash(done), "C-STORE")
                elif status is None:
                    break
                time.sleep(self._pace)
            if association.is_established:
                association.release()
            else:
                time.sleep(AGAIN)
        self.unsure += len(waiting)

    def _import(self) -> None:
        slices, folder = Slices("KPI", self._seed * 10 + 9), self._folder / "import"
        folder.mkdir()
        while not self.stopping.is_set():
            made = [slices.next() for _ in range(IMPORTED)]
            for number, ds in enumerate(made):
                ds.save_as(folder / f"{number}.dcm", enforce_file_format=True)
            taken = False
            while not taken and not self.stopping.is_set():
                taken = self._imported(folder, len(made))
                self.stopping.wait(REST)
            for ds in made if taken else []:
                self.acknowledged.add(ds.SOPInstanceUID, pixel_hash(ds), "import")
            self.unsure += 0 if taken else len(made)

    def _imported(self, folder: Path, count: int) -> bool:
        done = subprocess.run(
            [sys.executable, "-m", "isocentre", "import", str(folder), "--study", STUDY, "--site", "LOCAL"],
            env=self._environment, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        said = re.search(r"(\d+) taken, (\d+) not taken", done.stdout)
        if done.returncode not in (0, 1, -9):
            self.failures.append(f"import ended with {done.returncode}: {done.stderr[-300:]}")
        return done.returncode == 0 and said is not None and said.groups() == (str(count), "0")


PLATFORM_SEED = """
from isocentre.cli import zone as zones
zones.use("platform"); zones.config("wiring").wire()
from isocentre.core.actor import SYSTEM
from isocentre.core.register import ResearchStudyTerms
from isocentre.rooms.network import door as network
from isocentre.rooms.register import door as register
network.save_site(by=SYSTEM, ods="LOCAL", name="Local", organisation_ods="LOC", organisation_name="Local Trust")
register.create_research_study(by=SYSTEM, terms=ResearchStudyTerms(
    "{study}", "Kill test", "Sponsor", "KILL", "dedicated", "trial-ct-mr.v2", "consent", iras="300109",
    ae_title="{called}", status="open"))
register.save_study_site(by=SYSTEM, research_study="{study}", site="LOCAL", status="open")
from isocentre.desk.demo.platform import agree
agree("{study}", trust="LOC", people=("anna", "ben"), days=900)
from datetime import timedelta
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from isocentre.people import tokens
from isocentre.people.models import RoleAssignment, User
user = User.objects.create(username="kill.core", name="Kill Core")
RoleAssignment.objects.create(user=user, role="imaging_core", research_study="*")
TOTP.activate(user, generate_totp_secret())
print(tokens.create(
    by=SYSTEM, user=user, label="direct sender", scope=["study:{study}"], lasts=timedelta(days=1),
    permissions=["images_store"])[1])
"""
GATEWAY_SEED = """
import time
from isocentre.cli import zone as zones
zones.use("gateway"); zones.config("wiring").wire()
from isocentre.core.actor import Actor, Scope
from isocentre.rooms.deid import door as deid
from isocentre.rooms.intake import door as intake
lead = Actor("person", "kill.lead", "imaging_lead", Scope.everything(), frozenset({{"study_config_accept"}}))
for title in {senders!r}:
    intake.admit_peer(by=lead, calling_ae=title, address="127.0.0.1", name=title.lower(), site="LOCAL")
while intake.study("{study}") is None:
    try:
        deid.fetch_proposals()
    except OSError:
        time.sleep(0.5)
deid.accept(by=lead, slug="{study}")
"""


def script(text: str, zone: str, environment: dict[str, str]) -> str:
    """Run a few lines in a zone; what they print. AssertionError with their words when they fail."""
    done = subprocess.run(
        [sys.executable, "-c", text], env=environment | {"ISOCENTRE_ZONE": zone}, capture_output=True, text=True,
        timeout=180, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def seed(environment: dict[str, str]) -> str:
    """One dedicated research study on both sides, through their doors, and four senders admitted.

    A token that may store to the research study on the national side.
    """
    names = {"study": STUDY, "called": CALLED, "senders": SENDERS}
    token = script(PLATFORM_SEED.format(**names), "platform", environment).strip()
    script(GATEWAY_SEED.format(**names), "gateway", environment)
    return token


def environment_of(home: Path, http: int, dicom: int, orders: Path) -> dict[str, str]:
    """The environment of every process of the run."""
    passed = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return passed | {
        "ISOCENTRE_HOME": str(home), "ISOCENTRE_HTTP_PORT": str(http), "ISOCENTRE_DICOM_PORT": str(dicom),
        "ISOCENTRE_KILL_POINTS": str(orders), "GRANIAN_RESPAWN_INTERVAL": "0.2",
        "PYTHONPATH": str(ROOT / "tests"),
    }  # fmt: skip
