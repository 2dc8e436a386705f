"""Pages of held scans, research studies and profiles with Django's client."""

from __future__ import annotations

from typing import Any

import pytest
from support.hospital import LEAD, config, held, signed_in, text

from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor, Scope
from isocentre.jobs import door as jobs
from isocentre.rooms.deid import door, hooks
from isocentre.rooms.deid.held_views import ACTS, acts_for
from isocentre.rooms.deid.models import ProfileInForce
from isocentre.rooms.intake.models import Decision, LedgerRow, ResearchStudy

pytestmark = pytest.mark.usefixtures("hospital")


@pytest.fixture
def lead() -> Any:
    return signed_in("imaging_lead")


@pytest.mark.parametrize("url", ["held/", "held/face/", "profiles/", "profiles/basic", "profiles/basic/1/"])
def test_nobody_and_the_wrong_role_see_nothing(url: str, settings: Any, client: Any) -> None:
    settings.LOGIN_URL = "/accounts/login/"
    assert client.get(f"/deid/{url}").url.startswith("/accounts/login/")
    assert signed_in("auditor").get(f"/deid/{url}").status_code == 403


def test_held_scans_are_counted_by_cause_and_opened(lead: Any) -> None:
    assert "Nothing is held" in text(lead.get("/deid/held/"))
    key = held()
    held("face", "lungs", ("7.1",))
    page = text(lead.get("/deid/held/"))
    assert "2 scans held" in page
    assert "Face without a waiver" in page
    assert [(r["cause"], r["scans"], r["images"]) for r in lead.get("/deid/held/?format=json&sort=cause").json()] == [
        ("face", 1, 1), ("not_part", 1, 2),
    ]  # fmt: skip
    page = text(lead.get("/deid/held/not_part/"))
    assert "1 scan held: not part of a research study here" in page
    assert f"/scan/{key}/" in page
    assert "Put into a research study" in page
    assert "0 scans held" in text(lead.get("/deid/held/not_part/?research_study=lungs"))
    assert "Put into" not in text(lead.get("/deid/held/face/"))
    assert lead.get("/deid/held/something_new/").status_code == 404
    assert "0 scans held: original lost" in text(lead.get("/deid/held/original_lost/"))


def test_a_decision_is_told_reasoned_done_and_undone(lead: Any) -> None:
    key = held()
    page = text(lead.post("/deid/held/not_part/reject", {"chosen": [key]}))
    assert "Reject: 1 scan, 2 images" in page
    answer = lead.post("/deid/held/not_part/reject", {"chosen": [key], "confirmed": "yes"})
    assert answer.status_code == 400
    assert 'href="#reason"' in text(answer)
    assert Decision.objects.count() == 0
    answer = lead.post(
        "/deid/held/not_part/reject", {"chosen": [key], "confirmed": "yes", "reason": "Sent by mistake"}, follow=True
    )
    assert "1 scan decided: 2 images rejected" in text(answer)
    assert "because: Sent by mistake" in text(answer)
    again = lead.post(
        "/deid/held/not_part/leave-out", {"chosen": [key], "confirmed": "yes", "reason": "x"}, follow=True
    )
    assert "1 scan had already been decided by somebody else" in text(again)
    undone = lead.post(f"/deid/held/undo/{Decision.objects.get().pk}", follow=True)
    assert "Undone: 2 images held as before" in text(undone)
    twice = lead.post(f"/deid/held/undo/{Decision.objects.get().pk}", follow=True)
    assert "already been undone" in text(twice)
    assert set(LedgerRow.objects.values_list("disposition", flat=True)) == {"held"}


def test_a_scan_is_put_into_a_research_study_that_is_chosen(lead: Any) -> None:
    key = held()
    data = {"chosen": [key], "confirmed": "yes", "reason": "A volunteer"}
    assert 'href="#research_study"' in text(lead.post("/deid/held/not_part/put-into", data))
    answer = lead.post("/deid/held/not_part/put-into", {**data, "research_study": "own"}, follow=True)
    assert "2 images on their way" in text(answer)


def test_what_would_change_nothing_says_so(lead: Any) -> None:
    key = held()
    data = {"chosen": [key], "confirmed": "yes", "reason": "Hope"}
    assert "2 images stay held" in text(lead.post("/deid/held/not_part/try-again", data, follow=True))
    assert "No scan was chosen" in text(lead.post("/deid/held/not_part/try-again", {}, follow=True))


def test_those_who_view_decide_nothing_and_each_cause_has_its_own_acts(lead: Any) -> None:
    key = held()
    manager = signed_in("pacs_manager")
    assert "Reject" not in text(manager.get("/deid/held/not_part/"))
    assert manager.post("/deid/held/not_part/reject", {"chosen": [key]}).status_code == 403
    assert manager.post("/deid/held/undo/1").status_code == 403
    assert lead.get("/deid/held/not_part/reject").status_code == 405
    assert lead.post("/deid/held/face/put-into", {"chosen": [key]}).status_code == 404
    assert acts_for("other_pixels") == ["keep", "replace"]
    assert {a for cause in ("not_part", "other_pixels") for a in acts_for(cause)} == set(ACTS)


def test_a_proposal_is_read_and_accepted(lead: Any) -> None:
    ResearchStudy.objects.create(slug="new", title="New lungs", proposal=config("new", title="New lungs"))
    assert "1 research study" in text(lead.get("/intake/research-studies/?state=to_accept"))
    jobs.remember("site_names", {"RNM01": "Northmoor General"})
    page = text(lead.get("/intake/research-studies/new/"))
    assert "Northmoor General" in page
    assert "Baseline CT (Baseline): CT, CHEST, day −30 to day 30" in page
    assert "Face waiver" in page
    answer = lead.post("/intake/research-studies/new/accept", {"face_waiver": "Board\r\n 3 March"}, follow=True)
    assert "It is in force from now on" in text(answer)
    study = ResearchStudy.objects.get(slug="new")
    assert (study.accepted, study.face_waiver) == (study.proposal, "Board 3 March")
    assert (ProfileInForce.objects.get().name, door.vault().study_key("new")) == ("trial-ct-mr", bytes(32))
    assert "accepted the proposal" in text(lead.get("/intake/research-studies/new/"))


def test_a_waiver_that_names_a_patient_is_not_accepted(lead: Any) -> None:
    ResearchStudy.objects.create(slug="new", title="New", proposal=config("new"))
    answer = lead.post("/intake/research-studies/new/accept", {"face_waiver": "As 9990000018 agreed"}, follow=True)
    assert "Nothing was accepted" in text(answer)
    assert ResearchStudy.objects.get(slug="new").accepted is None


def test_a_cause_nobody_knows_is_not_found(lead: Any) -> None:
    assert lead.get("/deid/held/anything/").status_code == 404
    assert lead.post("/deid/held/anything/reject", {"chosen": "1"}).status_code == 404
    assert lead.get("/deid/held/not_part/").status_code == 200
    held(cause="of_an_older_version")
    assert lead.get("/deid/held/of_an_older_version/").status_code == 200


def test_a_change_is_shown_beside_what_is_in_force(lead: Any) -> None:
    door.accept(by=LEAD, slug="lungs")
    ResearchStudy.objects.filter(slug="lungs").update(
        proposal=config("lungs", receive="Approval is missing", face_waiver={"waived": True, "reason": "Agreed"})
    )
    page = text(lead.get("/intake/research-studies/lungs/"))
    assert "What would change" in page
    assert "No: Approval is missing" in page
    assert "May stay in the images: Agreed" in page
    assert ResearchStudy.objects.get(slug="lungs").accepted["receive"] is True


def test_a_charter_is_shown_whole_and_a_newer_one_by_what_it_asks_otherwise(lead: Any) -> None:
    def charter(version: int, most: str) -> dict[str, Any]:
        rules = [{"attribute": "SliceThickness", "range": {"most": most}}]
        series = [{"name": "Axial", "modality": "CT", "rules": rules}]
        scans = [{"name": "CT of the chest", "modalities": ["CT"], "series": series}]
        return {"title": "Lung charter", "version": version, "scans": scans}

    url = "/intake/research-studies/lungs/"
    door.accept(by=LEAD, slug="lungs")
    ResearchStudy.objects.filter(slug="lungs").update(proposal=config("lungs", charter=charter(1, "5")))
    page = text(lead.get(url))
    assert "<del>None</del>" in page
    assert "<ins>Lung charter, version 1</ins>" in page
    assert "What the imaging charter asks, as proposed" in page
    assert "at most 5 mm" in page
    lead.post(f"{url}accept")
    assert ResearchStudy.objects.get(slug="lungs").accepted["charter"]["version"] == 1
    assert "What the imaging charter asks</h2>" in text(lead.get(url))
    ResearchStudy.objects.filter(slug="lungs").update(proposal=config("lungs", charter=charter(2, "3")))
    page = text(lead.get(url))
    assert "CT of the chest, Axial, Slice thickness" in page
    assert "<del>at most 5 mm</del>" in page
    assert "<ins>at most 3 mm</ins>" in page
    unread = "This version of Isocentre cannot read it"
    ResearchStudy.objects.filter(slug="lungs").update(proposal=config("lungs", charter=unread))
    assert f"<ins>{unread}</ins>" in text(lead.get(url))


def test_a_change_of_profile_needs_a_second_person(lead: Any) -> None:
    door.accept(by=LEAD, slug="lungs")
    ResearchStudy.objects.filter(slug="lungs").update(proposal=config("lungs", profile="basic"))
    url = "/intake/research-studies/lungs/"
    answer = lead.post(f"{url}accept", follow=True)
    assert "takes effect when a second person accepts it too" in text(answer)
    page = text(lead.get(url))
    assert "another person must look at it" in page
    assert f"{url}accept" not in page
    assert ProfileInForce.objects.get().name == "trial-ct-mr"
    second = signed_in("dpo")
    assert "accepted profile basic v1" in text(second.get(url))
    second.post(f"{url}accept")
    assert ProfileInForce.objects.get().name == "basic"
    assert AuditRow.objects.filter(action="profile_change_asked").count() == 1


def test_without_a_key_nothing_is_accepted_and_the_reason_is_said(lead: Any, ports: Any) -> None:
    ports.vault.trouble = "the vault is sealed: its keepers unseal it"
    ResearchStudy.objects.create(slug="new", proposal=config("new"))
    answer = lead.post("/intake/research-studies/new/accept", follow=True)
    assert "so nothing was accepted. Tell the administrator: the vault is sealed" in text(answer)
    assert ResearchStudy.objects.get(slug="new").accepted is None


def test_a_profile_that_is_not_installed_is_not_accepted(lead: Any) -> None:
    ResearchStudy.objects.filter(slug="lungs").update(accepted=None, proposal=config("lungs", profile="absent"))
    answer = lead.post("/intake/research-studies/lungs/accept", follow=True)
    assert "not installed here" in text(answer)
    assert ResearchStudy.objects.get(slug="lungs").accepted is None


def test_those_who_may_not_accept_see_and_do_not() -> None:
    nurse = signed_in("radiographer")
    ResearchStudy.objects.filter(slug="lungs").update(accepted=None)
    page = text(nurse.get("/intake/research-studies/lungs/"))
    assert "Until then nothing changes" in page
    assert "research-studies/lungs/accept" not in page
    assert nurse.post("/intake/research-studies/lungs/accept").status_code == 403
    far = signed_in("imaging_lead", "own")
    assert far.get("/intake/research-studies/lungs/").status_code == 404
    assert far.post("/intake/research-studies/lungs/accept").status_code == 404


def test_profiles_are_listed_with_where_they_are_in_force() -> None:
    door.accept(by=LEAD, slug="lungs")
    officer = signed_in("dpo")
    used = {(r["name"], r["version"]): r["used"] for r in officer.get("/deid/profiles/?format=json").json()}
    assert used["trial-ct-mr", 2] == "lungs"
    assert used["basic", 1] == "None"
    page = text(officer.get("/deid/profiles/trial-ct-mr/1/objects"))
    assert "CT Image Storage" in page
    assert "whole weeks keep weekday" in page
    assert officer.get("/deid/profiles/absent").status_code == 404
    kinds = {r["kind"] for r in officer.get("/deid/profiles/trial-ct-mr/1/objects?kind=option&format=json").json()}
    assert kinds == {"Option"}


def test_hooks_tell_each_role_its_own() -> None:
    everything = Actor("person", "a", scope=Scope.everything(), permissions=frozenset({"*"}))
    assert hooks.worklist(everything) == []
    door.accept(by=LEAD, slug="own")
    ResearchStudy.objects.update(proposal=config("lungs", profile="basic"))
    with pytest.raises(door.SecondPersonNeeded):
        door.accept(by=LEAD, slug="own")
    assert [f"{i.count} {i.text}" for i in hooks.worklist(everything)] == [
        "1 proposal of the national side to accept", "1 proposal waiting for a second person",
    ]  # fmt: skip
    assert [h.title for h in hooks.search(everything, "trial lu")] == ["Trial lungs"]
    nobody = Actor("person", "n", scope=Scope.everything())
    assert (hooks.navigation(nobody), hooks.worklist(nobody), hooks.search(nobody, "trial")) == ([], [], [])
    assert hooks.life(nobody, "1") == []
