"""Pages of the register with Django's client: read, created, changed, refused, exported."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from register_book import GATEWAY, TEAM, message

from isocentre.core.events import ScanStored
from isocentre.people.models import RoleAssignment, User
from isocentre.rooms.register import door
from isocentre.rooms.register.work import scan_stored

pytestmark = pytest.mark.usefixtures("book")
IMAGING = ("/imaging", "/imaging/matched", "/imaging/unmatched")
PARTS = ("", "/sites", "/scanners", "/planned-events", "/subjects", *IMAGING, "/times")
NEW = {
    "title": "Lungs over time",
    "slug": "lungs",
    "iras": "123456",
    "sponsor": "Northmoor",
    "protocol_name": "LUNGS 1",
    "intake_mode": "listed",
    "profile": "trial-ct-mr",
    "legal_basis": "consent",
}
EVENT = {
    "id": "week-8",
    "name": "Week 8 MR",
    "time_point": "Week 8",
    "modalities": "mr, ct",
    "body_parts": "",
    "procedure": "",
    "window_from": "−3",
    "window_to": "60",
}


def signed_in(role: str, research_study: str = "*", site: str = "*") -> Client:
    user = User.objects.create(username=f"{role}-{research_study}-{site}", name="Sam Lee")
    RoleAssignment.objects.create(user=user, role=role, research_study=research_study, site=site)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def team() -> Client:
    return signed_in("study_team")


def text(answer: Any) -> str:
    return b"".join(answer.streaming_content if answer.streaming else [answer.content]).decode()


@pytest.mark.parametrize("part", PARTS)
def test_every_part_of_a_research_study_opens_for_the_study_team(team: Client, part: str) -> None:
    door.take_receipts(by=GATEWAY, message=message())
    answer = team.get(f"/register/demo-mr{part}")
    assert answer.status_code == 200
    assert "Demonstration of MR" in text(answer)


@pytest.mark.parametrize("part", PARTS)
def test_out_of_scope_is_404_and_nobody_sees_nothing(part: str, settings: Any) -> None:
    settings.LOGIN_URL = "/accounts/login/"
    assert signed_in("study_team", "other").get(f"/register/demo-mr{part}").status_code == 404
    assert signed_in("study_team", "*", "RYY01").get(f"/register/demo-mr{part}").status_code == 404
    assert signed_in("national_auditor").get(f"/register/demo-mr{part}").status_code in (403, 404)
    assert Client().get(f"/register/demo-mr{part}").url.startswith("/accounts/login/")


def test_the_imaging_core_sees_no_real_times_and_no_way_to_them() -> None:
    door.take_receipts(by=GATEWAY, message=message())
    core = signed_in("imaging_core")
    assert core.get("/register/demo-mr/times").status_code in (403, 404)
    pages = "".join(text(core.get(f"/register/demo-mr{part}")) for part in PARTS[:-1])
    assert "/times" not in pages
    assert "10:42" not in pages
    assert "3 March 2026" not in pages


def test_real_times_are_shown_to_the_study_team(team: Client) -> None:
    door.take_receipts(by=GATEWAY, message=message())
    assert "3 March 2026, 10:42" in text(team.get("/register/demo-mr/times"))


def test_the_list_shows_what_is_in_scope_and_exports_it(team: Client) -> None:
    page = text(team.get("/register/"))
    assert "2 research studies" in page
    assert "/register/new" in page
    local = signed_in("study_team", "other")
    narrow = text(local.get("/register/"))
    assert "1 research study" in narrow
    assert "Demonstration" not in narrow
    assert "/register/new" in narrow
    assert "/register/new" not in text(signed_in("imaging_core").get("/register/"))
    lines = text(team.get("/register/?format=csv&q=demonstration")).splitlines()
    assert lines[1:] == ["Demonstration of MR,demo-mr,Northmoor University,,open"]


def test_a_scan_is_matched_only_where_something_is_planned_to_choose_from(team: Client) -> None:
    scan_stored(ScanStored("demo-mr", "RZN01", "P-7QK2M9XB4T", "Week 99", "2.25.1", "2.25.2", "MR", "HEAD"))
    page = text(team.get("/register/demo-mr/imaging/unmatched"))
    assert "Choose the imaging event" in page
    assert 'href="/scan/2.25.1/"' in page, "to be looked at before somebody says what it is"
    team.post("/register/demo-mr/planned-events/baseline/remove")
    page = text(team.get("/register/demo-mr/imaging/unmatched"))
    assert "Choose the imaging event" not in page
    assert "1 scan not planned" in page
    assert "Not planned: nothing is planned for this research study" in page
    assert "What to do" not in page
    assert team.get("/register/demo-mr/imaging/unmatched/2.25.1").status_code == 404


def test_subjects_export_what_the_page_shows(team: Client) -> None:
    door.take_receipts(by=GATEWAY, message=message())
    scan_stored(ScanStored("demo-mr", "RZN01", "P-7QK2M9XB4T", "Baseline", "2.25.1", "2.25.2", "MR", "HEAD"))
    assert text(team.get("/register/demo-mr/subjects?format=csv")).splitlines()[1:] == [
        "01/007,P-7QK2M9XB4T,RZN01,on the research study,1"
    ]
    core = signed_in("imaging_core")
    assert "P-7QK2M9XB4T,RZN01" in text(core.get("/register/demo-mr/subjects?format=csv"))
    assert "01/007" not in text(core.get("/register/demo-mr/subjects?format=csv")) + text(
        core.get("/register/demo-mr/subjects")
    )
    assert text(team.get("/register/demo-mr/imaging?format=csv")).splitlines()[1:] == ["Baseline MR,Baseline,1,1,0"]


def test_a_research_study_is_created_set_up_and_opened(team: Client) -> None:
    answer = team.post("/register/new", NEW, follow=True)
    assert answer.redirect_chain[-1][0] == "/register/lungs"
    assert "Add the sites that take part" in text(answer)
    team.post("/register/lungs/sites/add", {"site": "RZN01", "status": "open"})
    team.post("/register/lungs/planned-events/add", EVENT)
    answer = team.post("/register/lungs/edit/status", {"status": "open"}, follow=True)
    assert "waits to be fetched" in text(answer)
    [event] = door.planned_events(by=TEAM, slug="lungs")
    assert (event.modalities, event.body_parts, event.window) == (("MR", "CT"), (), (-3, 60))
    assert "day −3 to day 60" in text(team.get("/register/lungs/planned-events"))


def test_who_creates_a_research_study_acts_for_it_and_for_no_other_by_that() -> None:
    own = signed_in("study_team", "other")
    answer = own.post("/register/new", NEW, follow=True)
    assert "Add the sites that take part" in text(answer)
    assert own.post("/register/lungs/edit/status", {"status": "open"}).status_code == 302
    assert own.get("/register/demo-mr").status_code == 404
    assert signed_in("study_team", "third").get("/register/lungs").status_code == 404


def test_a_team_of_one_site_creates_none_and_sees_no_form_for_it() -> None:
    local = signed_in("study_team", "*", "RZN01")
    assert "/register/new" not in text(local.get("/register/"))
    assert local.get("/register/new").status_code == 403


def test_the_terms_of_another_research_study_typed_again_give_nothing_away() -> None:
    signed_in("study_team", "other").post("/register/new", NEW)
    stranger = signed_in("study_team", "third")
    answer = stranger.post("/register/new", NEW)
    assert answer.status_code == 400
    assert "Another research study has this short name" in text(answer)
    assert stranger.get("/register/lungs").status_code == 404


def test_errors_come_back_with_a_summary_and_what_was_typed(team: Client) -> None:
    answer = team.post("/register/new", {**NEW, "slug": "Bad Slug", "iras": "x", "title": "<b>Kept</b>"})
    page = text(answer)
    assert answer.status_code == 400
    assert "There is a problem" in page
    assert 'href="#slug"' in page
    assert 'href="#iras"' in page
    assert "&lt;b&gt;Kept&lt;/b&gt;" in page
    assert "<b>Kept" not in page


@pytest.mark.parametrize(("window", "anchor"), [(("x", "3"), "#window_from"), (("5", "4"), "#window_to")])
def test_a_window_that_is_none_is_refused(team: Client, window: tuple[str, str], anchor: str) -> None:
    data = {**EVENT, "window_from": window[0], "window_to": window[1]}
    answer = team.post("/register/demo-mr/planned-events/add", data)
    assert answer.status_code == 400
    assert f'href="{anchor}"' in text(answer)


def test_every_topic_changes_its_own_fields_only(team: Client) -> None:
    before = door.research_study(by=TEAM, slug="demo-mr").terms
    team.post("/register/demo-mr/edit/about", {"title": "T", "iras": "", "sponsor": "S", "protocol_name": "P"})
    team.post("/register/demo-mr/edit/intake", {"intake_mode": "listed", "ae_title": "", "prior_imaging": "yes"})
    safety = {"profile": "basic", "legal_basis": "s251", "face_waived": "yes", "face_reason": "Agreed\r\nby the board"}
    team.post("/register/demo-mr/edit/safety", safety)
    after = door.research_study(by=TEAM, slug="demo-mr").terms
    assert (after.title, after.sponsor, after.protocol_name) == ("T", "S", "P")
    assert (after.intake_mode, after.ae_title, after.prior_imaging) == ("listed", "", True)
    assert (after.profile, after.legal_basis, after.face_waiver.reason) == ("basic", "s251", "Agreed by the board")
    assert after.status == before.status
    assert team.get("/register/demo-mr/edit/nothing").status_code == 404
    assert 'value="T"' in text(team.get("/register/demo-mr/edit/about"))


def test_an_event_is_changed_under_its_code_and_removed(team: Client) -> None:
    url = "/register/demo-mr/planned-events/baseline"
    assert 'value="-14"' in text(team.get(url))
    team.post(url, {**EVENT, "id": "other-code"})
    assert [(e.id, e.name) for e in door.planned_events(by=TEAM, slug="demo-mr")] == [("baseline", "Week 8 MR")]
    asked = text(team.get(f"{url}/remove"))
    assert "Remove Week 8 MR?" in asked
    assert len(door.planned_events(by=TEAM, slug="demo-mr")) == 1, "asking removes nothing"
    team.post(f"{url}/remove")
    assert door.planned_events(by=TEAM, slug="demo-mr") == []
    assert team.get(url).status_code == 404


def test_an_event_with_scans_is_not_removed_and_the_page_says_why(team: Client) -> None:
    scan_stored(ScanStored("demo-mr", "RZN01", "P-1", "Baseline", "2.25.1", "2.25.2", "MR", "HEAD"))
    answer = team.post("/register/demo-mr/planned-events/baseline/remove")
    assert answer.status_code == 400
    assert "can no longer be removed" in text(answer)


def test_a_wrong_match_is_taken_back_with_a_reason_and_made_again(team: Client) -> None:
    scan_stored(ScanStored("demo-mr", "RZN01", "P-1", "Baseline", "2.25.1", "2.25.2", "MR", "HEAD"))
    listed, url = "/register/demo-mr/imaging/matched", "/register/demo-mr/imaging/matched/2.25.1/baseline"
    assert f"{listed}?q=" in text(team.get("/register/demo-mr/imaging"))
    assert url in text(team.get(listed))
    assert "will count as not received" in text(team.get(url))
    assert team.post(url, {"reason": " "}).status_code == 400
    assert team.post(url, {"reason": "of NHS 943 476 5919"}).status_code == 400
    assert team.post(url, {"reason": "another\r\nsequence"}).status_code == 302
    assert "P-1" not in text(team.get(f"{listed}?format=csv"))
    assert "A person said that it is not" in text(team.get("/register/demo-mr/imaging/unmatched"))
    assert team.get(url).status_code == 404
    reader = signed_in("imaging_core")
    assert "Not this one" not in text(reader.get(listed))
    assert reader.get(url).status_code == 403


def test_every_list_is_narrowed_by_words(team: Client) -> None:
    scan_stored(ScanStored("demo-mr", "RZN01", "P-1", "Baseline", "2.25.1", "2.25.2", "MR", "HEAD"))
    scan_stored(ScanStored("demo-mr", "RZN01", "P-2", "Baseline", "2.25.3", "2.25.4", "MR", "HEAD"))
    assert "2 subjects" in text(team.get("/register/demo-mr/subjects"))
    narrow = text(team.get("/register/demo-mr/subjects?q=p-2"))
    assert "1 subject<" in narrow.replace("\n", "")
    assert len(text(team.get("/register/demo-mr/subjects?q=p-2&format=csv")).splitlines()) == 2


def test_a_scan_is_matched_by_hand(team: Client) -> None:
    scan_stored(ScanStored("demo-mr", "RZN01", "P-1", "Week 99", "2.25.1", "2.25.2", "MR", "HEAD"))
    url = "/register/demo-mr/imaging/unmatched/2.25.1"
    assert url in text(team.get("/register/demo-mr/imaging/unmatched"))
    assert team.post(url, {}).status_code == 400
    team.post(url, {"planned_event": "baseline"})
    assert door.evidence(by=TEAM, study_uids=["2.25.1"])["2.25.1"][0].planned_event == "baseline"
    assert team.get(url).status_code == 404


def test_a_site_changes_state_and_is_not_offered_twice(team: Client) -> None:
    team.post("/register/demo-mr/sites/RZN01", {"status": "paused"})
    assert door.study_sites(by=TEAM, slug="demo-mr")[0].status == "paused"
    assert "RZN01" not in text(team.get("/register/demo-mr/sites/add"))
    assert team.get("/register/demo-mr/sites/RYY01").status_code == 404


@pytest.mark.parametrize("url", ["new", "demo-mr/edit/status", "demo-mr/sites/add", "demo-mr/planned-events/add"])
def test_those_who_view_do_not_change(url: str) -> None:
    core = signed_in("imaging_core")
    assert core.get(f"/register/{url}").status_code == 403
    assert core.post(f"/register/{url}", {"status": "closed"}).status_code == 403
    assert "Change its state" not in text(core.get("/register/demo-mr"))


FORMS = ("edit/status", "sites/add", "sites/RZN01", "planned-events/add", "imaging/unmatched/2.25.1")


def test_one_sites_study_team_is_offered_no_form_and_told_why() -> None:
    local = signed_in("study_team", "demo-mr", "RZN01")
    scan_stored(ScanStored("demo-mr", "RZN01", "P-7QK2M9XB4T", "Week 99", "2.25.1", "2.25.2", "CT", "HEAD"))
    for part in ("", "/sites", "/planned-events", "/imaging/unmatched"):
        page = text(local.get(f"/register/demo-mr{part}"))
        assert "You act for Northmoor General (RZN01) in this research study." in page, part
        assert not any(f"/register/demo-mr/{form}" in page for form in FORMS), part
    for form in FORMS:
        answer = local.get(f"/register/demo-mr/{form}")
        assert answer.status_code == 403, form
        assert "someone of the study team who acts for every site" in text(answer)
    assert "match no planned" not in text(local.get("/"))
    everywhere, core = signed_in("study_team"), signed_in("imaging_core")
    assert "You act for" not in text(everywhere.get("/register/demo-mr")) + text(core.get("/register/demo-mr"))
    assert everywhere.get("/register/demo-mr/imaging/unmatched/2.25.1").status_code == 200


def test_one_sites_study_team_changes_nothing_for_all_sites() -> None:
    local = signed_in("study_team", "demo-mr", "RZN01")
    assert local.post("/register/demo-mr/edit/status", {"status": "closed"}).status_code == 403
    assert door.research_study(by=TEAM, slug="demo-mr").terms.status == "open"


def test_the_study_team_reads_what_a_subject_who_withdrew_asked_for(team: Client) -> None:
    [subject] = message().subjects
    said = {"keep": "stays in use", "no_new_use": "used for nothing new (not available yet", "erase": "is erased where"}
    for kind, words in said.items():
        gone = replace(subject, status="withdrawn", withdrawal=kind)
        door.take_receipts(by=GATEWAY, message=replace(message(), subjects=(gone,)))
        assert words in text(team.get("/register/demo-mr/subjects"))
        assert words in text(team.get("/register/demo-mr/subjects?format=csv"))
