"""Pages of intake with Django's client: lists, exports, forms, refusals, and no identifier in any address."""

from __future__ import annotations

import html
import re
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from support.hospital import ACCESSION, LEAD, NAME, NUMBER, arrive, enrolled, held, newcomer, signed_in, text
from support.sheets import xlsx

from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor, Scope
from isocentre.core.routing import Route
from isocentre.jobs import door as jobs
from isocentre.rooms.intake import door, hooks, scans
from isocentre.rooms.intake import held as held_scans
from isocentre.rooms.intake.models import Arrival, Enrolment, LedgerRow, Peer, RefusedPeer

pytestmark = pytest.mark.usefixtures("hospital")
PAGES = ("arrivals/", "ledger/", "enrolment/", "senders/", "senders/refused/")
LIST = f"Subject id,Hospital number,Consent date,Day 0\n01/007,{NUMBER},2026-03-03,2026-03-03\n01/008,,never,\n"


@pytest.mark.parametrize("page", [*PAGES, "enrolment/add", "enrolment/list", "senders/add"])
def test_nobody_and_the_wrong_role_see_nothing(page: str, settings: Any, client: Any) -> None:
    settings.LOGIN_URL = "/accounts/login/"
    assert client.get(f"/intake/{page}").url.startswith("/accounts/login/")
    if page != "ledger/":  # every role of this side may see the ledger
        assert signed_in("auditor").get(f"/intake/{page}").status_code == 403


def test_arrivals_are_listed_by_scan_with_filters_and_exported_alike() -> None:
    held()
    enrolled()
    arrive(newcomer("5.1", route=Route("lungs", enrolment_id=Enrolment.objects.get().pk), facts={"study_uid": "5"}))
    nurse = signed_in("radiographer")
    page = text(nurse.get("/intake/arrivals/"))
    assert "2 scans received" in page
    assert "Trial lungs" in page
    assert "01/007" in page
    today = f"{timezone.localdate():%Y-%m-%d}"
    for query, count in (
        ("research_study=lungs", 1), ("research_study=unassigned", 1), ("disposition=held", 1), ("modality=MR", 0),
        (f"day={today}", 2), ("day=2001-01-01", 0),
    ):  # fmt: skip
        assert len(nurse.get(f"/intake/arrivals/?{query}&format=json").json()) == count, query
    wrong = nurse.get("/intake/arrivals/?day=31+February")
    assert wrong.status_code == 400
    assert 'href="#filter-day"' in text(wrong)
    assert text(wrong).count("nter the day as 3 March 2026 or 2026-03-03") == 2, "at the top and at the field"
    assert "scans received" not in text(wrong)
    lines = text(nurse.get("/intake/arrivals/?format=csv&research_study=unassigned")).splitlines()
    assert lines[0].endswith("Arrived,Scan,Research study,Subject,Scanner,Images,Sent again,State,Imaging charter")
    assert lines[1].endswith("unassigned,,NM-CT1,2,0,Held,")


def test_a_scan_in_two_research_studies_is_counted_in_each_apart() -> None:
    held()
    enrolled()
    arrive(newcomer("5.1", route=Route("lungs", enrolment_id=Enrolment.objects.get().pk), facts={"study_uid": "5"}))
    mine = LedgerRow.objects.get(research_study="lungs")
    LedgerRow.objects.filter(pk=mine.pk).update(duplicates=3)
    Arrival.objects.update(study_uid="5")
    LedgerRow.objects.update(study_uid="5")
    everything = {(row.research_study, "5"): row for row in LedgerRow.objects.select_related("arrival")}
    assert len(everything) == 2
    by = Actor("person", "nurse", "radiographer", Scope.everything(), frozenset({"arrivals_view"}))
    assert scans.numbers(by, [mine]) == {("lungs", "5"): {"images": 1, "duplicates": 3, mine.disposition: 1}}
    listed = signed_in("radiographer").get("/intake/arrivals/?format=json").json()
    assert sorted((one["research_study"], one["images"], one["again"]) for one in listed) == [
        ("lungs", 1, 3),
        ("unassigned", 2, 0),
    ]
    [cause] = {row.cause for row in everything.values() if row.disposition == "held"}
    waiting = everything["unassigned", "5"]
    LedgerRow.objects.filter(pk=mine.pk).update(disposition="held", cause=cause)
    found = held_scans.counted(by=by, cause=cause, rows=[waiting])
    assert [(name, one.images) for name, one in found.items()] == [(("unassigned", "5"), 2)]


def test_no_address_and_no_list_carries_what_identifies_the_person() -> None:
    key = held()
    enrolled()
    nurse = signed_in("radiographer")
    pages = [text(nurse.get(url)) for url in ("/intake/arrivals/", "/intake/ledger/", "/deid/held/", f"/scan/{key}/")]
    pages.append(text(nurse.post("/search/", {"q": NAME})))
    pages.append(text(nurse.get("/intake/enrolment/")))
    for url in re.findall(r'(?:href|action|src)="([^"]*)"', "".join(pages)):
        assert not any(n in url for n in (NUMBER, ACCESSION, "Needlova", "1.2.3", "19600101")), url
    assert not any(n in page for page in pages[:3] for n in (NUMBER, ACCESSION, "Needlova"))


@pytest.mark.parametrize("words", [ACCESSION.lower(), NUMBER, "Needlova", "Needlova Zuzana", "01/007"])
def test_search_finds_the_scan_and_the_person(words: str) -> None:
    arrive(newcomer("5.1", route=Route("lungs", enrolment_id=enrolled().pk)))
    page = text(signed_in("radiographer").post("/search/", {"q": words}))
    assert f"/scan/{LedgerRow.objects.get().pk}/" in page
    assert (f"/intake/enrolment/{Enrolment.objects.get().pk}" in page) == (words != ACCESSION.lower())


def test_search_and_life_are_for_those_who_work_with_arrivals() -> None:
    key = held()
    auditor = signed_in("auditor")
    assert f"/scan/{key}/" not in text(auditor.post("/search/", {"q": NUMBER}))
    assert auditor.get(f"/scan/{key}/").status_code == 404
    assert NUMBER not in text(signed_in("dpo").get(f"/scan/{key}/"))
    far = signed_in("radiographer", "own")
    assert far.get(f"/scan/{key}/").status_code == 404
    assert "0 scans received" in text(far.get("/intake/arrivals/"))
    assert far.get("/scan/0/").status_code == 404


def test_the_life_of_a_held_scan_says_what_to_do() -> None:
    key = held()
    page = text(signed_in("radiographer").get(f"/scan/{key}/"))
    assert "CT scan of" in page
    assert "2 images held: Not part of a research study here." in page
    assert "/deid/held/not_part/" in page
    assert "Enrol the person" in page


def test_a_scan_of_an_unknown_scanner_says_how_its_images_name_it() -> None:
    named = {"manufacturer": "CANON", "model": "Aquilion", "serial": "AL1", "station_name": "CT2", "study_uid": "4"}
    route = Route("lungs", "held", "unknown_scanner")
    arrive(newcomer("4.1", route=route, scanner="", site="", facts=named))
    lead = signed_in("imaging_lead")
    page = text(lead.get(f"/scan/{LedgerRow.objects.get().pk}/"))
    assert "list. Its images say: CANON Aquilion, serial number AL1, station name CT2" in page
    assert "stands on the page of the scan" in text(lead.get("/deid/held/unknown_scanner/"))
    arrive(newcomer("5.1", route=route, scanner="", site="", facts={"serial": "", "study_uid": "5"}))
    assert "Its images say" not in text(lead.get(f"/scan/{LedgerRow.objects.get(study_uid='5').pk}/"))


def test_the_ledger_balances_in_sight_and_is_exported() -> None:
    arrive(*(newcomer(f"1.{n}", route=Route("lungs", d)) for n, d in enumerate(("held", "held", "left_out"))))
    arrive(newcomer("1.0", route=Route("lungs", "held")))
    nurse = signed_in("auditor")
    page = text(nurse.get("/intake/ledger/"))
    assert "The ledger balances." in page
    assert "3 received = 0 sent on + 2 held + 1 left out" in page
    [row] = [r for r in nurse.get("/intake/ledger/?format=json").json() if r["research_study"] == "lungs"]
    assert (row["received"], row["held"], row["left_out"], row["balances"], row["duplicates"]) == (3, 2, 1, "yes", 1)


@pytest.mark.parametrize("harm", ["state", "orphan"])
def test_a_ledger_that_does_not_balance_says_so(harm: str) -> None:
    arrive(newcomer("1.1"))
    if harm == "state":
        LedgerRow.objects.update(disposition="lost")
    else:
        arrival = Arrival.objects.get()
        arrival.pk, arrival.sop_instance_uid = None, "9.9"
        arrival.save()
    assert "The ledger does not balance" in text(signed_in("auditor").get("/intake/ledger/"))


def test_a_person_is_enrolled_completed_and_their_scans_go_on() -> None:
    held()
    nurse = signed_in("radiographer")
    answer = nurse.post("/intake/enrolment/add", {"research_study": "lungs", "hospital_number": NUMBER})
    assert answer.status_code == 400
    assert 'href="#consented_on"' in text(answer)
    today = timezone.localdate().isoformat()
    facts = {"research_study": "lungs", "hospital_number": NUMBER, "consented_on": today}
    named = nurse.post("/intake/enrolment/add", {**facts, "subject_id": f"S {NUMBER}"})
    assert named.status_code == 400
    assert "number is in it" in text(named)
    assert not Enrolment.objects.exists()
    nurse.post("/intake/enrolment/add", facts)
    assert set(LedgerRow.objects.values_list("cause", flat=True)) == {"no_day_zero"}
    one = Enrolment.objects.get()
    page = text(nurse.get(f"/intake/enrolment/{one.pk}"))
    assert "New person" in page
    answer = nurse.post(
        f"/intake/enrolment/{one.pk}",
        {"subject_id": "01/007", "consented_on": today, "day_zero": today, "hospital_number": "CHANGED"}, follow=True,
    )  # fmt: skip
    assert "2 images on their way" in text(answer)
    one.refresh_from_db()
    assert (one.subject_id, one.person.hospital_number) == ("01/007", NUMBER)
    assert signed_in("radiographer", "own").get(f"/intake/enrolment/{one.pk}").status_code == 404
    assert signed_in("imaging_lead").post("/intake/enrolment/add", {**facts, "research_study": "x"}).status_code == 400


def test_a_person_scanned_at_other_sites_only_is_not_shown_to_one_site() -> None:
    one = enrolled()
    row = LedgerRow.objects.get(pk=held(slug="lungs"))
    here, elsewhere = signed_in("radiographer", "*", "RNM01"), signed_in("radiographer", "lungs", "RNM02")
    address = f"/intake/enrolment/{one.pk}"
    assert [c.get(address).status_code for c in (here, elsewhere)] == [200, 200], "nobody has been scanned yet"
    LedgerRow.objects.filter(pk=row.pk).update(enrolment=one, site="RNM01")
    assert [c.get(address).status_code for c in (here, elsewhere)] == [200, 404]
    assert NUMBER in text(here.get("/intake/enrolment/?format=csv"))
    assert NUMBER not in text(elsewhere.get("/intake/enrolment/?format=csv"))
    assert "Nothing was found" in text(elsewhere.post("/search/", {"q": NUMBER}))
    assert signed_in("imaging_lead", "lungs").get(address).status_code == 200
    assert signed_in("imaging_lead", "own").get(address).status_code == 404


def test_a_list_is_looked_at_first_and_its_good_lines_taken_in() -> None:
    nurse = signed_in("radiographer")
    upload = SimpleUploadedFile("people.csv", LIST.encode("utf-8-sig"))
    page = text(nurse.post("/intake/enrolment/list", {"research_study": "lungs", "file": upload}))
    assert "1 line can be taken in, 1 line cannot" in page
    assert "Hospital number: Give the hospital number, or the NHS number." in page
    assert "leave out line 3" in page
    assert Enrolment.objects.count() == 0
    nurse.post("/intake/enrolment/list", {"research_study": "lungs", "list": LIST, "confirm": "all"})
    assert Enrolment.objects.count() == 0
    answer = nurse.post(
        "/intake/enrolment/list", {"research_study": "lungs", "list": LIST, "confirm": "good"}, follow=True
    )
    assert "1 person enrolled. Left out: line 3." in text(answer)
    assert Enrolment.objects.get().subject_id == "01/007"


def test_what_was_pasted_is_mended_where_its_mistakes_are_shown() -> None:
    nurse, mended = signed_in("radiographer"), LIST.replace(",,never", ",NM2,2026-03-04")
    page = text(nurse.post("/intake/enrolment/list", {"research_study": "lungs", "list": LIST}))
    _, _, form = page.partition("Or mend the lines here")
    assert "01/008,,never,</textarea>" in form.split("</form>")[0].replace("\n</textarea>", "</textarea>")
    again = text(nurse.post("/intake/enrolment/list", {"research_study": "lungs", "list": mended}))
    assert "2 lines can be taken in." in again
    assert "mend the lines" not in again
    none = {"research_study": "lungs", "list": "Hospital number,Consent date\nNM3,never"}
    assert "Mend the lines here" in text(nurse.post("/intake/enrolment/list", none))


@pytest.mark.parametrize(
    ("data", "words"),
    [({"research_study": "lungs"}, "Choose a file"),
     ({"research_study": "x", "list": LIST}, "Choose the research study"),
     ({"research_study": "lungs", "list": "a,b\n1,2"}, "missing: Hospital number and Consent date"),
     ({"research_study": "lungs", "file": SimpleUploadedFile("b.csv", b"x" * 2_000_001)}, "too large")],
)  # fmt: skip
def test_a_list_that_is_none_says_how_to_mend_it(data: dict[str, Any], words: str) -> None:
    answer = signed_in("radiographer").post("/intake/enrolment/list", data)
    assert answer.status_code == 400
    assert words in text(answer)


def test_people_are_read_as_people_write_and_exported_as_a_list_is_taken_in() -> None:
    enrolled(nhs_number="9990000018", day_zero=date(2026, 7, 27))
    nurse = signed_in("radiographer", "lungs")
    page, lines = text(nurse.get("/intake/enrolment/")), text(nurse.get("/intake/enrolment/?format=csv"))
    assert ">999 000 0018<" in page
    assert ">27 July 2026<" in page
    assert "^" not in page
    assert "9990000018" in lines
    assert "2026-07-27" in lines
    assert NAME in lines


def test_the_list_downloaded_is_taken_in_again() -> None:
    enrolled(nhs_number="9990000018")
    nurse = signed_in("radiographer")
    listed = text(nurse.get("/intake/enrolment/?format=csv"))
    assert NUMBER in listed
    page = text(nurse.post("/intake/enrolment/list", {"research_study": "lungs", "list": listed}))
    assert "1 line can be taken in." in page
    assert "1 person enrolled" in text(nurse.get("/intake/enrolment/?scans=none&research_study=lungs"))
    assert "0 people enrolled" in text(nurse.get("/intake/enrolment/?scans=some"))


def test_senders_are_admitted_changed_withdrawn_and_refusals_cleared() -> None:
    jobs.remember("sites", ["RNM01"])
    now = timezone.now()
    for ae in ("PACS", "PROBE"):
        RefusedPeer.objects.create(calling_ae=ae, called_ae="ISO", address="10.0.0.9", reason="x", count=2, last_at=now)
    manager = signed_in("pacs_manager")
    one = RefusedPeer.objects.get(calling_ae="PACS")
    assert f"/intake/senders/refused/{one.pk}/admit" in text(manager.get("/intake/senders/refused/"))
    url = f"/intake/senders/refused/{one.pk}/admit"
    assert 'value="16"' in text(manager.get(url))
    manager.post(url, {"name": "The PACS", "calling_ae": "OTHER", "site": "RNM01", "max_associations": "8"})
    peer = Peer.objects.get()
    assert (peer.calling_ae, peer.address, peer.name, peer.max_associations) == ("PACS", "10.0.0.9", "The PACS", 8)
    other = RefusedPeer.objects.get()
    manager.post("/intake/senders/refused/clear", {"chosen": [other.pk, "x"]})
    assert RefusedPeer.objects.count() == 0
    assert "Nothing was changed" in text(manager.post("/intake/senders/withdraw", {"chosen": [peer.pk]}, follow=True))
    manager.post("/intake/senders/withdraw", {"chosen": [peer.pk], "reason": "Replaced"})
    assert "1 sender" in text(manager.get("/intake/senders/?state=no&q=pacs"))
    assert "Admit a sender</h1>" in text(manager.get(f"/intake/senders/{peer.pk}"))
    manager.post(f"/intake/senders/{peer.pk}", {"name": "PACS 2", "site": "", "max_associations": "16"})
    peer.refresh_from_db()
    assert (peer.admitted, peer.name) == (True, "PACS 2")
    assert "Change a sender</h1>" in text(manager.get(f"/intake/senders/{peer.pk}"))
    actions = list(AuditRow.objects.order_by("pk").values_list("action", flat=True))
    wanted = ["sender_admitted", "refusal_cleared", "sender_withdrawn", "sender_admitted"]
    assert [a for a in actions if a in wanted] == wanted


def test_a_sender_is_checked_in_words() -> None:
    data = {"name": "", "calling_ae": "A\\B", "address": "0.0.0.0/0", "max_associations": "x"}
    answer = signed_in("pacs_manager").post("/intake/senders/add", data)
    assert answer.status_code == 400
    for name in data:
        assert f'href="#{name}"' in text(answer)


def test_hooks_tell_each_role_its_own() -> None:
    held()
    enrolled()
    RefusedPeer.objects.create(calling_ae="A", called_ae="B", address="10.0.0.1", reason="x", last_at=timezone.now())
    everything = Actor("person", "a", scope=Scope.everything(), permissions=frozenset({"*"}))
    texts = [f"{i.count} {i.text}" for i in hooks.worklist(everything)]
    assert texts == [
        "1 scan held: not part of a research study here", "1 unknown sender refused",
        "1 visit due now", "1 person enrolled, past day 0, without a scan",
    ]  # fmt: skip
    nobody = Actor("person", "n", scope=Scope.everything())
    assert (hooks.navigation(nobody), hooks.worklist(nobody), hooks.figures(nobody)) == ([], [], [])
    assert (hooks.changes(nobody), hooks.search(nobody, NUMBER), hooks.life(nobody, "1")) == ([], [], [])
    assert hooks.scan(nobody, "1") is None
    assert hooks.tallies(nobody) == []
    assert [(f.value, f.label) for f in hooks.figures(everything)] == [
        ("Not yet", "last scan sent on"), ("1 scan", "received today"),
        ("0 of 2", "images since yesterday confirmed as stored nationally"),
    ]  # fmt: skip
    assert [f.value for f in hooks.backlog()] == ["0", "2"]
    assert [(t.key, t.count) for t in hooks.tallies(everything)] == [
        ("intake.received", 2), ("intake.sent_on", 0), ("intake.held", 2),
    ]  # fmt: skip
    door.reject(by=LEAD, keys=[LedgerRow.objects.all()[0].pk], cause="not_part", reason="No")
    assert [c.text for c in hooks.changes(everything)] == ["Rejected 2 images, by lead"]
    far = Actor("person", "f", scope=Scope(frozenset({("own", "*")})), permissions=frozenset({"*"}))
    assert hooks.changes(far) == []
    assert hooks.life(everything, "x²") == []


def test_who_looks_at_people_is_written_and_what_they_typed_is_not() -> None:
    key, one = held(), enrolled()
    lead = Actor("person", "lead2", "imaging_lead", Scope.everything(), frozenset({"*"}))
    hooks.scan(lead, str(key))
    hooks.search(lead, NAME.replace("^", " "))
    hooks.search(lead, "nobody of this name")
    client = signed_in("imaging_lead")
    client.get("/intake/enrolment/?format=csv")
    client.get(f"/intake/enrolment/{one.pk}")
    looks = AuditRow.objects.exclude(action__in=("person_enrolled", "scan_received")).order_by("pk")
    assert list(looks.values_list("action", "object_id", "detail")) == [
        ("scan_viewed", str(key), {}),
        ("people_searched", "people", {"hits": 2}),
        ("enrolment_viewed", "every research study", {"form": "file"}),
        ("person_viewed", str(one.pk), {}),
    ]
    assert "Needlova" not in repr(list(AuditRow.objects.values()))


def test_a_spreadsheet_is_taken_in_as_it_is() -> None:
    nurse = signed_in("radiographer")
    rows = [["Subject id", "Hospital number", "Surname", "Consent date"], ["01/007", 1234, "O'Neill", date(2026, 3, 3)],
            ["01/008", 9990000018, "<b>", date(2026, 3, 4)]]  # fmt: skip

    def change(book: Any) -> None:
        book.active["B2"].number_format = "0000000"
        book.create_sheet("<i>").append(["no"])

    upload = SimpleUploadedFile("people.xlsx", xlsx(rows, change))
    page = text(nurse.post("/intake/enrolment/list", {"research_study": "lungs", "file": upload}))
    assert "2 lines can be taken in. In 1 line there is something to look at first" in page
    assert "Look at hospital number: By its form" in page
    assert "0001234" in page
    assert "1 other sheet was not." in page
    assert "<i>" not in page
    carried = html.unescape(page.partition('<textarea name="list" hidden>\n')[2].partition("</textarea>")[0])
    answer = nurse.post(
        "/intake/enrolment/list", {"research_study": "lungs", "list": carried, "confirm": "all"}, follow=True
    )
    assert "2 people enrolled." in text(answer)
    assert [one.person.hospital_number for one in Enrolment.objects.order_by("pk")] == ["0001234", "9990000018"]


def test_the_page_says_which_words_a_list_may_use() -> None:
    page = text(signed_in("radiographer").get("/intake/enrolment/list"))
    assert "Consent covers (one or more of part, future, linkage, companies, abroad)" in page
    assert "Withdrawal (what they asked for: keep, no_new_use, erase)" in page


def test_what_is_doubtful_about_one_person_is_said_when_it_is_saved() -> None:
    nurse = signed_in("radiographer")
    typed = {"research_study": "lungs", "hospital_number": "9990000018", "consented_on": "2026-03-03"}
    assert "Please check: by its form and check digit" in text(nurse.post("/intake/enrolment/add", typed, follow=True))
