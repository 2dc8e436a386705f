"""Pages that explain a profile, try it on a scan, and offer a newer version to two people."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

import pytest
from support.dicom_bytes import US, el, slice_of
from support.hospital import LEAD, NAME, NUMBER, arrive, config, enrolled, newcomer, signed_in, text

from isocentre import profiles
from isocentre.audit.models import AuditRow
from isocentre.audit.words import describe
from isocentre.core.actor import Actor, Scope
from isocentre.core.deid.profile import BadProfile
from isocentre.core.routing import Route
from isocentre.rooms.deid import door, hooks, profile_views
from isocentre.rooms.deid.models import ProfileInForce
from isocentre.rooms.intake import door as intake
from isocentre.rooms.intake.models import LedgerRow, ResearchStudy

pytestmark = pytest.mark.usefixtures("hospital")
TRIAL = "/deid/profiles/trial-ct-mr"


@pytest.fixture
def officer() -> Any:
    return signed_in("dpo")


def lying(data: bytes, **changes: Any) -> LedgerRow:
    """A held scan whose original lies in quarantine."""
    arrive(newcomer(route=Route("lungs", "held", "face", "A reason."), **changes))
    row = LedgerRow.objects.get()
    path = intake.quarantine() / row.arrival.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return row


@pytest.fixture
def drafts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two profiles as they were before their release."""
    waiting = {"trial-ct-mr": frozenset({3}), "us-xa": frozenset({1})}
    for module in (profiles, profile_views):
        monkeypatch.setattr(module, "drafts", lambda name: waiting.get(name, frozenset()))


@pytest.mark.usefixtures("drafts")
def test_every_version_is_listed_and_a_name_alone_leads_to_the_newest_released(officer: Any) -> None:
    rows = {(r["name"], r["version"]): r["state"] for r in officer.get("/deid/profiles/?format=json").json()}
    assert (rows["trial-ct-mr", 1], rows["trial-ct-mr", 3], rows["us-xa", 1]) == ("Released", "Draft", "Draft")
    assert officer.get(TRIAL).url == f"{TRIAL}/2/"
    assert officer.get("/deid/profiles/us-xa").url == "/deid/profiles/us-xa/1/"
    assert "no hospital can put it in force" in text(officer.get("/deid/profiles/us-xa/1/"))
    assert "no hospital can put it in force" not in text(officer.get(f"{TRIAL}/1/"))
    for missing in ("/deid/profiles/absent", f"{TRIAL}/9/", f"{TRIAL}/9/objects", f"{TRIAL}/9/try"):
        assert officer.get(missing).status_code == 404


def test_a_profile_is_explained_attribute_by_attribute_and_exported_as_shown(officer: Any) -> None:
    page = text(officer.get(f"{TRIAL}/1/?q=StudyDate"))
    for words in ("Study Date", "(0008,0020)", "Moved by whole weeks", "whole weeks keep weekday", "Z: emptied; kept"):
        assert words in page
    found = officer.get(f"{TRIAL}/1/?q=0008,0020&format=json").json()
    assert [row["tag"] for row in found] == ["(0008,0020)"]
    device = officer.get(f"{TRIAL}/1/?group=device&action=goes&format=json").json()
    assert {(row["group"], row["action"]) for row in device} == {("Devices", "Removed")}
    stays = officer.get(f"{TRIAL}/1/?group=device&action=stays&format=json").json()
    assert "Removed" not in {row["action"] for row in stays}
    lines = list(csv.reader(io.StringIO(text(officer.get(f"{TRIAL}/1/?group=device&format=csv")).lstrip("\ufeff"))))
    assert len(lines) == len(device) + len(stays) + 1
    assert "Nothing matches these filters" in text(officer.get(f"{TRIAL}/1/?q=nowhere"))


def test_one_kind_of_object_is_explained_by_itself(officer: Any) -> None:
    def series_date(**more: str) -> str:
        query = "&".join(f"{name}={value}" for name, value in {"q": "SeriesDate", "format": "json", **more}.items())
        return str(officer.get(f"/deid/profiles/basic/1/?{query}").json()[0]["action"])

    assert series_date() == "Removed; replaced by a made-up value in 1 kind of object"
    assert series_date(object="1.2.840.10008.5.1.4.1.1.128") == "Replaced by a made-up value"
    assert series_date(object="1.2.840.10008.5.1.4.1.1.2") == "Removed"


def test_two_versions_are_compared_on_a_page(officer: Any) -> None:
    page = text(officer.get(f"{TRIAL}/2/from/trial-ct-mr/1"))
    assert "differences from trial-ct-mr v1 to trial-ct-mr v2" in page
    assert "Kept where it is listed as safe" in page
    rows = officer.get(f"{TRIAL}/1/from/basic/1?about=dates&format=json").json()
    assert [(r["old"], r["new"]) for r in rows] == [("Removed", "Moved by whole weeks")]
    assert officer.get(f"{TRIAL}/1/from/basic/7").status_code == 404


def test_a_profile_is_tried_on_a_scan_beside_its_original_and_nothing_is_stored(officer: Any) -> None:
    row = lying(slice_of())
    before = [(r.disposition, r.actions, r.pseudonym) for r in LedgerRow.objects.all()]
    assert f"{TRIAL}/1/try/{row.pk}" in text(officer.get(f"{TRIAL}/1/try"))
    answer = officer.get(f"{TRIAL}/1/try/{row.pk}")
    page = text(answer)
    assert "It would be held" not in page
    for words in ("SMITHSON^ADA", "RXH1234567", "Patient ID", "Not there", "is kept in the audit trail"):
        assert words in page
    assert "1.2.840.10008.5.1.4.1.1.2" not in page  # kept, so only among all
    assert "1.2.840.10008.5.1.4.1.1.2" in text(officer.get(f"{TRIAL}/1/try/{row.pk}?show=all"))
    assert "no-store" in answer.headers["Cache-Control"]
    assert "Download as CSV" not in page
    assert [(r.disposition, r.actions, r.pseudonym) for r in LedgerRow.objects.all()] == before
    looks = AuditRow.objects.filter(action="profile_tried")
    assert all(f"looked at what profile trial-ct-mr v1 makes of scan {row.pk}" in describe(one) for one in looks)
    assert len(looks) >= 1
    assert NAME not in str(looks.values())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"not DICOM", "It would be held: The file cannot be read as DICOM"),
        (slice_of(sop_class="1.2.840.10008.5.1.4.1.1.66"), "It would be left out: Raw data"),
        (b"", "The original is not here any more"),
    ],
)
def test_what_would_not_be_sent_on_is_told_in_words(officer: Any, data: bytes, words: str) -> None:
    ResearchStudy.objects.filter(slug="lungs").update(face_waiver="Agreed")
    assert words in text(officer.get(f"{TRIAL}/1/try/{lying(data).pk}"))


def test_where_a_picture_would_be_cleaned_the_header_alone_is_looked_at(officer: Any) -> None:
    row = lying(slice_of(sop_class=US), sop_class_uid=US)
    page = text(officer.get(f"/deid/profiles/us-xa/1/try/{row.pk}"))
    assert "This page looks at the header alone" in page
    assert "SMITHSON^ADA" in page
    assert "It would be held: Ultrasound" in text(officer.get(f"{TRIAL}/1/try/{row.pk}"))


def test_where_a_face_would_be_removed_the_header_alone_is_looked_at(officer: Any) -> None:
    row = lying(slice_of(t00180015=el(0x00180015, "CS", "HEAD")))
    page = text(officer.get(f"{TRIAL}/3/try/{row.pk}"))
    assert "This page looks at the header alone" in page
    assert "needs a recorded face waiver" in text(officer.get(f"{TRIAL}/2/try/{row.pk}"))
    assert "the face would be removed with its whole series" in page
    assert "SMITHSON^ADA" in page


def test_a_scan_without_a_patient_id_is_told_in_words(officer: Any) -> None:
    arrive(newcomer(route=Route("lungs", "held", "face", "A reason."), facts={"patient_id": ""}))
    assert "no pseudonym can be made" in text(officer.get(f"{TRIAL}/1/try/{LedgerRow.objects.get().pk}"))


def test_a_header_too_long_is_told_in_words(officer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isocentre.core.deid.beside.MOST_HEADER", 10)
    assert "cannot be shown side by side" in text(officer.get(f"{TRIAL}/1/try/{lying(slice_of()).pk}"))


def test_what_the_second_check_finds_is_said(officer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    row = lying(slice_of(t00181140=el(0x00181140, "CS", "SMITHSON")))
    assert "The second check would hold it" in text(officer.get(f"{TRIAL}/1/try/{row.pk}"))


def test_only_scans_a_person_may_see_are_tried() -> None:
    enrolled()
    arrive(newcomer(route=Route("lungs", "pending", "", "")))
    row = LedgerRow.objects.get()
    officer, lead, elsewhere = signed_in("dpo"), signed_in("imaging_lead"), signed_in("imaging_lead", "own")
    assert officer.get(f"{TRIAL}/1/try/{row.pk}").status_code == 404  # sees held scans alone
    assert lead.get(f"{TRIAL}/1/try/{row.pk}").status_code == 200
    assert elsewhere.get(f"{TRIAL}/1/try/{row.pk}").status_code == 404
    assert signed_in("radiographer").get(f"{TRIAL}/1/try/{row.pk}").status_code == 403
    LedgerRow.objects.update(disposition="opted_out")
    assert lead.get(f"{TRIAL}/1/try/{row.pk}").status_code == 404
    assert NUMBER not in text(lead.get(f"{TRIAL}/1/try"))


def test_a_newer_version_is_offered_as_a_change_that_two_people_accept(monkeypatch: pytest.MonkeyPatch) -> None:
    ResearchStudy.objects.filter(slug="lungs").update(proposal=config("lungs", profile="trial-ct-mr"))
    monkeypatch.setattr(profiles, "drafts", lambda name: frozenset({2, 3}))
    door.accept(by=LEAD, slug="lungs")
    lead, officer = signed_in("imaging_lead"), signed_in("dpo")
    url = "/intake/research-studies/lungs/"
    assert "What would change of the profile" not in text(lead.get(url))
    monkeypatch.setattr(profiles, "drafts", lambda name: frozenset({3}))
    everything = Actor("person", "a", scope=Scope.everything(), permissions=frozenset({"*"}))
    assert "1 proposal" in " ".join(f"{i.count} {i.text}" for i in hooks.worklist(everything))
    assert lead.get("/intake/research-studies/?format=json&state=to_accept").json()
    page = text(lead.get(url))
    for words in ("A newer version of the profile is installed", "From trial-ct-mr v1 to trial-ct-mr v2",
                  "Retain Safe Private Option", "Private attributes (odd,xxxx)", "Change to accept"):  # fmt: skip
        assert words in page
    lead.post(f"{url}accept")
    assert ProfileInForce.objects.get().version == 1
    lead.post(f"{url}accept")
    assert ProfileInForce.objects.get().version == 1
    officer.post(f"{url}accept")
    pinned = ProfileInForce.objects.get()
    assert (pinned.version, pinned.waiting) == (2, None)
    assert "What would change of the profile" not in text(lead.get(url))


def test_a_second_person_accepts_only_what_the_first_one_did() -> None:
    door.accept(by=LEAD, slug="lungs")
    assert ProfileInForce.objects.get().version == 2
    ResearchStudy.objects.filter(slug="lungs").update(proposal=config("lungs", profile="basic"))
    one, two = (Actor("person", name, "dpo", Scope.everything(), frozenset({"*"})) for name in ("one", "two"))
    with pytest.raises(door.SecondPersonNeeded):
        door.accept(by=one, slug="lungs")
    with pytest.raises(door.SecondPersonNeeded):
        door.accept(by=replace(one, kind="token", name="one#3"), slug="lungs")
    pinned = ProfileInForce.objects.get()
    pinned.waiting = {**pinned.waiting, "sha256": "another text"}
    pinned.save()
    with pytest.raises(door.SecondPersonNeeded):
        door.accept(by=two, slug="lungs")
    assert ProfileInForce.objects.get().name == "trial-ct-mr"
    door.accept(by=one, slug="lungs")
    assert ProfileInForce.objects.get().name == "basic"


def test_a_text_that_differs_under_the_same_version_is_a_change_too() -> None:
    door.accept(by=LEAD, slug="lungs")
    ProfileInForce.objects.update(sha256="0" * 64)
    with pytest.raises(door.SecondPersonNeeded):
        door.accept(by=LEAD, slug="lungs")


def test_a_version_that_is_gone_cannot_be_compared_and_says_so() -> None:
    door.accept(by=LEAD, slug="lungs")
    ProfileInForce.objects.update(version=7, sha256="0" * 64)
    assert "is not installed any more" in text(signed_in("dpo").get("/intake/research-studies/lungs/"))


@pytest.mark.usefixtures("drafts")
def test_a_draft_is_not_put_in_force() -> None:
    ResearchStudy.objects.filter(slug="lungs").update(proposal=config("lungs", profile="us-xa.v1"))
    with pytest.raises(BadProfile, match="draft"):
        door.accept(by=LEAD, slug="lungs")
    assert not ProfileInForce.objects.exists()
