"""A scan in two research studies, and a scan of nobody's: two objects under two keys; told of, rejected, erased."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pydicom
import pytest
from django.utils import timezone
from support.burned import burned
from support.dicom_bytes import el
from support.hospital import arrive, config, enrolled, held, newcomer, signed_in, text

from isocentre.core.actor import Actor, Scope
from isocentre.core.routing import Route
from isocentre.rooms.deid import door, work
from isocentre.rooms.intake import door as intake
from isocentre.rooms.intake.models import Arrival, LedgerRow, ResearchStudy

pytestmark = pytest.mark.usefixtures("hospital")
CT = "1.2.840.10008.5.1.4.1.1.2"
LEAD = Actor("person", "lead", "imaging_lead", Scope.everything(), frozenset({"study_config_accept", "held_act"}))


def test_two_research_studies_get_two_objects_under_two_keys_and_one_may_be_held(tmp_path: Path, ports: Any) -> None:
    ResearchStudy.objects.filter(slug="own").update(proposal=config("own"), accepted=config("own"))
    for slug in ("lungs", "own"):
        door.accept(by=LEAD, slug=slug)
    ports.vault.keys["own"] = bytes(range(32))  # as a real vault makes them: one each
    folder = tmp_path / "quarantine" / "originals"
    folder.mkdir(parents=True)
    routes = tuple(
        Route(slug, enrolment_id=enrolled(slug, subject_id=subject).pk, time_point="Baseline", study_day=0)
        for slug, subject in (("lungs", "01/007"), ("own", "02/001"))
    )
    held_there = (routes[0], Route("own", "held", "no_day_zero", "No day 0.", enrolment_id=routes[1].enrolment_id))
    for uid, given in (("1.2.3.4", routes), ("1.2.3.5", held_there)):
        chest = {"t00180015": el(0x00180015, "CS", "CHEST")}
        (folder / f"{uid}.dcm").write_bytes(burned(bytes(240), sop_class=CT, **chest))
        arrive(newcomer(uid, routes=given, path=f"originals/{uid}.dcm"))
    work.move("w")
    both = {row.research_study: row for row in LedgerRow.objects.filter(sop_instance_uid="1.2.3.4")}
    assert {row.disposition for row in both.values()} == {"sent_on"}
    for name in ("object_uid", "object_study_uid", "pseudonym"):
        assert len({getattr(row, name) for row in both.values()} - {""}) == 2, name
    sent = [pydicom.dcmread(io.BytesIO(one)) for one in ports.wall.sent]
    assert sorted(str(one.ClinicalTrialSubjectID) for one in sent) == ["01/007", "01/007", "02/001"]
    other = dict(LedgerRow.objects.filter(sop_instance_uid="1.2.3.5").values_list("research_study", "disposition"))
    assert other == {"lungs": "sent_on", "own": "held"}


def test_a_scan_of_nobodys_is_told_of_then_rejected_then_erased(tmp_path: Path, settings: Any) -> None:
    settings.ZONE_HOME = tmp_path
    held()
    client = signed_in("radiographer")
    words = "held scan is rejected within 5 days unless somebody decides"
    assert words not in text(client.get("/"))
    LedgerRow.objects.update(decided_at=timezone.now() - timedelta(days=26))
    Arrival.objects.update(arrived_at=timezone.now() - timedelta(days=26))
    assert words in text(client.get("/"))
    assert intake.upkeep.expire_held() == 0
    assert intake.upkeep.expire_held(timezone.now() + timedelta(days=5)) == 2
    assert set(LedgerRow.objects.values_list("disposition", "cause")) == {("rejected", "expired")}
    assert intake.upkeep.erase_originals(timezone.now() + timedelta(days=6)) == 0
    assert intake.upkeep.erase_originals(timezone.now() + timedelta(days=13)) == 2
    assert "No scan waits" in text(client.get("/intake/arrivals/unassigned/"))
