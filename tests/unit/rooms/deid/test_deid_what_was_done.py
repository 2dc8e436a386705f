"""What was done to a research study's images: counts and rules, no patient, as a page and as a file of two pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.burned import Pulled, Told, burned, text
from support.dicom_bytes import el
from support.hospital import NAME, NUMBER, arrive, enrolled, newcomer, signed_in
from support.hospital import text as whole

from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor, Scope
from isocentre.core.deid.engine import PixelCleaner
from isocentre.core.routing import Route
from isocentre.rooms.deid import deciding, door, findings, ruling, work
from isocentre.rooms.deid.deciding import Asked
from isocentre.rooms.deid.models import Finding, ProfileInForce

pytestmark = pytest.mark.usefixtures("hospital")
MAY = frozenset({"held_view", "held_act", "rules_make", "rules_confirm", "study_config_accept"})
LEAD = Actor("person", "lead", "imaging_lead", Scope.everything(), MAY)
DPO = Actor("person", "dpo", "dpo", Scope.everything(), MAY)


@pytest.fixture
def done(tmp_path: Path, ports: Any) -> str:
    """Two ultrasound images sent on by a rule, one of another size held; the rule's name."""
    door.accept(by=LEAD, slug="lungs")
    ports.pixels = PixelCleaner(Told(text(2, 3, 8, 6)), Pulled())
    folder = tmp_path / "quarantine" / "originals"
    folder.mkdir(parents=True)
    person = enrolled().pk
    for uid, rows in (("1.2.3.4", 12), ("1.2.3.5", 12), ("1.2.3.6", 6)):
        data = burned(bytes(range(1, 241))[: rows * 20], rows=rows, t0008103E=el(0x0008103E, "LO", NAME))
        (folder / f"{uid}.dcm").write_bytes(data)
        route = Route("lungs", enrolment_id=person, time_point="Baseline", study_day=0)
        us = "1.2.840.10008.5.1.4.1.1.6.1"
        arrive(newcomer(uid, routes=(route,), path=f"originals/{uid}.dcm", sop_class_uid=us))
    work.move("w")
    findings.gather("w")
    one = Finding.objects.get(rows=12)
    [rule] = deciding.decide(by=LEAD, pk=one.pk, asked=Asked("redact", "Names", ((2, 3, 8, 6),))).rules
    ruling.confirm(by=DPO, pk=rule.pk)
    while findings.run_again("w") or work.move("w"):
        pass
    return ruling.plain(rule).name


def test_the_page_and_its_file_tell_counts_and_rules_and_no_patient(done: str) -> None:
    client = signed_in("dpo")
    page = whole(client.get("/deid/what-was-done/lungs/"))
    answer = client.get("/deid/what-was-done/lungs/file")
    file = whole(answer)
    assert answer["Content-Disposition"] == 'attachment; filename="what-was-done-lungs.html"'
    for shown in (page, file):
        assert done in shown
        assert "2 images" in shown or "<strong>2 sent on</strong>" in shown
        assert not [needle for needle in (*NAME.split("^"), NUMBER) if needle in shown]
    for words in ("<strong>1 held</strong>", "Ultrasound Image", "5. What risk is left", "trial-ct-mr, version 2",
                  "is of 1 person", "Let pass once clean", "MAKER MODEL", "113100", "What was not tested"):  # fmt: skip
        assert words in file, words
    assert "<script" not in file
    assert "http" not in file.replace("http-equiv", "")
    assert AuditRow.objects.filter(action="account_downloaded", object_id="lungs").count() == 1
    assert "What was done to its images" in whole(client.get("/intake/research-studies/lungs/"))


def test_a_research_study_in_whose_name_nothing_goes_on_has_none(done: str) -> None:
    client = signed_in("dpo")
    for slug in ("own", "nothing"):
        assert client.get(f"/deid/what-was-done/{slug}/").status_code == 404
    ProfileInForce.objects.update(version=99)
    assert client.get("/deid/what-was-done/lungs/file").status_code == 404
    assert signed_in("radiographer", "own").get("/deid/what-was-done/lungs/").status_code == 404
