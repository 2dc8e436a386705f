"""Scans fetched from a real PACS by C-GET and by DICOMweb, through the same intake as all that arrives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydicom.uid import generate_uid
from support import pacs
from support.peers import free_port
from support.system import System, system

pytestmark = pytest.mark.peers("orthanc", "dcmtk")
STUDY, SERIES, IMAGES = "spare", 2, 3
ENTERED = """
from isocentre.core.actor import SYSTEM
from isocentre.rooms.intake import door as intake
where = {} if way == "web" else {"host": "127.0.0.1", "port": port, "ae_title": "PACS", "calling_ae": "ISOCENTRE"}
where = where or {"host": "", "port": 0, "ae_title": "", "calling_ae": "", "web": "Eastvale"}
answer = intake.pulling.set_node(by=SYSTEM, name=way, site="LOCAL", destination="", from_hour=0, to_hour=0, at_once=2,
                                 way=way, **where).pk
"""
CAME = "SELECT COUNT(*), MIN(source), MAX(source), MAX(peer) FROM intake_arrival WHERE study_uid = ?"


def test_each_way_brings_a_scan_in_once_and_whole(tmp_path: Path) -> None:
    scans = {way: str(generate_uid(prefix="1.2.3."))[:40].rstrip(".") for way in ("get", "web")}
    pacs.written(tmp_path / "in", [
        pacs.image(f"{scan}.{series}.{image}", scan=scan, series=f"{scan}.{series}", number=image, accession=way,
                   patient=f"WAY{way}")
        for way, scan in scans.items() for series in range(1, SERIES + 1) for image in range(1, IMAGES + 1)
    ])  # fmt: skip
    with (
        # It knows no place to send to: neither way needs one.
        pacs.orthanc(tmp_path / "pacs", destination="NOWHERE", port=free_port()) as served,
        system(tmp_path / "home", ISOCENTRE_DICOMWEB=str(_configured(tmp_path, served.web))) as it,
    ):
        pacs.fill(served, tmp_path / "in")
        for way, scan in scans.items():
            it.run("gateway", ENTERED, way=way, port=served.port)
            before = it.ledger(STUDY).get("received", 0)
            assert _pulled(it, tmp_path, way) == {"fetched": SERIES}
            assert it.settled(STUDY, before + SERIES * IMAGES)["sent_on"] == before + SERIES * IMAGES
            assert it.sql("gateway", CAME, scan) == [(SERIES * IMAGES, "fetched", "fetched", way)]
            assert _pulled(it, tmp_path, way) == {"here already": SERIES}
        told = it.it.command("doctor").stdout
        assert "PACS get: answers, and offers C-GET" in told
        assert "PACS web: answers, and offers DICOMweb" in told
        assert "SECRET" not in told
        assert it.sql("gateway", "SELECT COUNT(*) FROM intake_refusal") == [(0,)]
        assert list((it.hospital / "quarantine" / "incoming").iterdir()) == [], "nothing is left on the way"


def _configured(at: Path, url: str) -> Path:
    path = at / "dicomweb.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps({"Eastvale": {"url": url, "token": "SECRET"}}), encoding="utf-8")
    return path


def _pulled(it: System, at: Path, way: str) -> dict[str, int]:
    path = at / f"{way}.csv"
    path.write_text(f"Accession number\n{way}\n", encoding="utf-8")
    done = it.it.command("pull", str(path), "--study", STUDY, "--pacs", way, "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    return dict(json.loads(done.stdout.splitlines()[-1])["series"])
