"""Copies go to a real Orthanc by both ways and name nobody there; taken back, they are to be deleted there."""

from __future__ import annotations

import io
import json
import urllib.request
from pathlib import Path

import pydicom
import pytest
from pydicom.uid import generate_uid
from support import pacs
from support.needles import Search
from support.peers import free_port
from support.running import until
from support.system import System, system

pytestmark = [pytest.mark.peers("orthanc", "dcmtk"), pytest.mark.timeout(300)]
STUDY, IMAGES = "spare", 3
NAME, NUMBER, ACCESSION = "Copyova^Kopia", "NM880033", "ACCCOPY77"
ACTORS = """
from isocentre.core.actor import Actor, Scope
ann, ben = (Actor("person", name, "dpo", Scope.everything(), frozenset({"*"})) for name in ("ann", "ben"))
"""
NAMED = f"""{ACTORS}
from datetime import timedelta
from django.utils import timezone
from isocentre.rooms.deid.onward import naming
typed = {{"name": way, "way": way, "approval": "REC 25/NW/0042", "reason": "Central reading", "host": "127.0.0.1",
          "called_ae": "ELSEWHERE", "calling_ae": "ISOCENTRE", "web": "Eastvale"}}
until = timezone.localdate() + timedelta(days=1)
answer = naming.enter(by=ann, slug=slug, until=until, port=port, servers=("Eastvale",), **typed).pk
"""
CONFIRMED = f"""{ACTORS}
from isocentre.rooms.deid.onward import naming
answer = naming.confirm(by=ben, pk=pk).state
"""
BACK = f"""{ACTORS}
from isocentre.rooms.intake import door as intake
row = intake.LedgerRow.objects.select_related("arrival").filter(study_uid=uid).order_by("pk")[0]
answer = intake.recalling.recall(by=ann, key=row.pk, series=[row.arrival.series_uid], reason="Under another").pk
"""
STATES = "SELECT state, COUNT(*) FROM deid_onwardcopy GROUP BY 1"
SENT = "SELECT object_uid, pseudonym FROM intake_ledgerrow WHERE study_uid = ? AND disposition = 'sent_on'"


def test_a_named_destination_gets_what_the_national_side_got_and_nobodys_name(tmp_path: Path) -> None:
    scan = str(generate_uid(prefix="1.2.3."))[:40].rstrip(".")
    files = pacs.written(tmp_path / "in", [
        pacs.image(f"{scan}.1.{n}", scan=scan, series=f"{scan}.1", number=n, accession=ACCESSION, patient=NUMBER,
                   PatientName=NAME)
        for n in range(1, IMAGES + 1)
    ])  # fmt: skip
    with (
        pacs.orthanc(tmp_path / "there", destination="NOBODY", port=free_port(), title="ELSEWHERE") as there,
        system(tmp_path / "home", ISOCENTRE_DICOMWEB=str(_configured(tmp_path, there.web))) as it,
    ):
        before = it.ledger(STUDY).get("received", 0)
        assert it.storescu(files, "SPARE").returncode == 0
        assert it.settled(STUDY, before + IMAGES)["sent_on"] == before + IMAGES
        assert it.sql("gateway", STATES) == [], "off by default"
        ways = {way: it.run("gateway", NAMED, way=way, slug=STUDY, port=there.port) for way in ("store", "stow")}
        assert it.run("gateway", CONFIRMED, pk=ways["store"]) == "confirmed"
        _sent(it, 1)
        assert it.run("gateway", CONFIRMED, pk=ways["stow"]) == "confirmed"
        _sent(it, 2)
        _names_nobody(it, there.web, scan)
        it.run("gateway", BACK, uid=scan)
        until(lambda: _states(it).get("recall_asked") == 2 * IMAGES, it.it, "they are to be deleted", 30)
        assert it.it.status()["research_studies"][STUDY]["sent_on"] == before + IMAGES, "no term of the ledger"


def _sent(it: System, ways: int) -> None:
    """All that was sent on is there, as often as there are ways."""
    [(there,)] = it.sql("gateway", "SELECT COUNT(*) FROM intake_ledgerrow WHERE disposition = 'sent_on' "
                        "AND research_study = ? AND object_uid <> ''", STUDY)  # fmt: skip
    until(lambda: _states(it) == {"sent": ways * there}, it.it, "copies are sent", 60)


def _states(it: System) -> dict[str, int]:
    return {str(state): int(count) for state, count in it.sql("gateway", STATES)}


def _names_nobody(it: System, web: str, scan: str) -> None:
    """What Orthanc holds of the scan: the objects sent on, under their pseudonym, and no needle in them."""
    root = web.removesuffix("/dicom-web")
    wanted, search = dict(it.sql("gateway", SENT, scan)), Search([NAME, NAME.partition("^")[0], NUMBER, ACCESSION])
    assert len(wanted) == IMAGES
    found = set()
    for one in json.loads(_got(f"{root}/instances")):
        data = _got(f"{root}/instances/{one}/file")
        header = pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True)
        assert search.within(data) == set()
        assert header.PatientIdentityRemoved == "YES"
        if (uid := str(header.SOPInstanceUID)) in wanted:
            found.add(uid)
            assert str(header.PatientID) == wanted[uid]
    assert found == set(wanted)


def _got(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return bytes(answer.read())


def _configured(at: Path, url: str) -> Path:
    path = at / "dicomweb.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps({"Eastvale": {"url": url, "token": "SECRET"}}), encoding="utf-8")
    return path
