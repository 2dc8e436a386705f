"""Orthanc, started as shipped on free ports with SQLite, for rows that have it as a peer."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Served:
    """Where a server under measurement listens."""

    http: int
    dicom: int
    called: str
    url: str
    token: str = ""
    pid: int = 0
    signed: Callable[[str], str] | None = None
    """Makes a sender's token for one request (like `POST /dicomweb/studies`), where one is needed to store."""


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def orthanc(at: Path, *, nodelay: bool = False) -> Iterator[Served]:
    """Run Orthanc; `nodelay` removes its delayed-ACK stall (DCMTK's TCP_NODELAY)."""
    http, dicom = free_port(), free_port()
    config = {
        "Name": "bench", "StorageDirectory": str(at / "store"), "IndexDirectory": str(at / "store"), "HttpPort": http,
        "DicomPort": dicom, "DicomAet": "ORTHANC", "RemoteAccessAllowed": False, "AuthenticationEnabled": False,
        "DicomAlwaysAllowStore": True, "DicomCheckCalledAet": False, "Plugins": _plugins(),
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }  # fmt: skip
    at.mkdir(parents=True)
    (at / "orthanc.json").write_text(json.dumps(config), encoding="utf-8")
    env = {**os.environ, **({"TCP_NODELAY": "1"} if nodelay else {})}
    with (at / "orthanc.log").open("wb") as log:
        process = subprocess.Popen(["Orthanc", str(at / "orthanc.json")], stdout=log, stderr=log, env=env)
    try:
        wait(f"http://127.0.0.1:{http}/system", 30)
        yield Served(http, dicom, "ORTHANC", f"http://127.0.0.1:{http}/dicom-web", pid=process.pid)
    finally:
        process.terminate()
        process.wait(20)


def _plugins() -> list[str]:
    return [str(p) for p in Path("/usr/share/orthanc/plugins").glob("libOrthancDicomWeb.so*")][:1]


def wait(url: str, seconds: float) -> None:
    """Until the address answers 200; TimeoutError."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.3)
    raise TimeoutError(f"{url} did not answer within {seconds:.0f} s")
