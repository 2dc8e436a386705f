"""Made-up scans of a journey's own people, and sending them as a scanner or a picture archive does: by C-STORE."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from isocentre.desk.demo import objects, phantoms
from support.peers import STORESCU
from support.running import Running

SPACING = (5.0, 3.6)
TODAY = date.today()  # noqa: DTZ011 - the scan is made today, where the scanner stands


def ago(days: int) -> date:
    """The day so many days before today."""
    return TODAY - timedelta(days)


def chest(
    folder: Path, patient: objects.Patient, machine: objects.Machine, *, on: date, accession: str, images: int
) -> list[Path]:  # fmt: skip
    """Files of a chest CT of one series."""
    visit = objects.Visit(patient, machine, on, accession, "CT chest")
    slices = phantoms.thorax(images, SPACING, [], 3)
    return objects.write(objects.series(visit, 1, "CT", "CHEST", slices, SPACING), folder / accession)


def send(it: Running, paths: Iterable[Path], *, calling: str = "STORESCU", called: str = "ISOCENTRE") -> int:
    """Send files with DCMTK under an AE title; its exit code."""
    command = [STORESCU, "-aet", calling, "-aec", called, "127.0.0.1", str(it.dicom_port), *map(str, paths)]
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode
