"""The hospital side in Chromium: accessible, within 320 px, no policy violated; a decision by keyboard, undone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from support.browser import axe
from support.hospital import config, enrolled, held, hospital, signed_in
from support.optouts import MemoryOptOuts

from isocentre.core.actor import Actor, Scope
from isocentre.people.models import RoleAssignment, User
from isocentre.rooms.deid import deciding, findings
from isocentre.rooms.deid import door as deid
from isocentre.rooms.deid.deciding import Asked
from isocentre.rooms.deid.models import Finding
from isocentre.rooms.intake import door
from isocentre.rooms.intake.models import Enrolment, LedgerRow, Peer, RefusedPeer, ResearchStudy

pytestmark = [pytest.mark.peers("chromium"), pytest.mark.django_db(transaction=True)]
PAGES = (
    "/", "/intake/arrivals/", "/intake/ledger/", "/intake/enrolment/", "/intake/enrolment/add",
    "/intake/enrolment/list",
    "/intake/research-studies/", "/intake/research-studies/lungs/", "/intake/research-studies/new/", "/intake/senders/",
    "/intake/senders/add", "/intake/senders/refused/", "/intake/senders/objects/",
    "/deid/held/", "/deid/held/not_part/", "/deid/profiles/",
    "/deid/profiles/trial-ct-mr", "/deid/profiles/trial-ct-mr/1/objects", "/deid/profiles/trial-ct-mr/1/try",
    "/deid/profiles/trial-ct-mr/1/try/{key}", "/deid/profiles/trial-ct-mr/2/from/trial-ct-mr/1", "/deid/opt-out/",
    "/deid/times/", "/scan/{key}/", "/deid/review/", "/deid/review/{finding}/", "/deid/review/rules/",
    "/deid/review/rules/{rule}/", "/deid/review/sample/", "/deid/review/sample/settings", "/deid/held/ultrasound/",
)  # fmt: skip


EVERYBODY = Actor("person", "a", scope=Scope.everything(), permissions=frozenset({"*"}))


@pytest.fixture(scope="session", autouse=True)
def _beside_a_loop() -> Iterator[None]:
    """Playwright's own event loop runs in this thread while Django's ORM is used beside it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def lead(context: Any, live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A page of a signed-in person who may open everything here, and the key of a held scan."""
    settings.ZONE = "gateway"
    monkeypatch.setattr(deid.ports, "opt_outs", MemoryOptOuts())
    hospital()
    ResearchStudy.objects.create(slug="new", title="New", proposal=config("new"))
    ResearchStudy.objects.filter(slug="lungs").update(proposal=config("lungs", profile="basic"))
    Peer.objects.create(name="PACS", calling_ae="PACS", address="10.0.0.9", site="RNM01")
    RefusedPeer.objects.create(
        calling_ae="X", called_ae="ISO", address="10.0.0.8", reason="Not on the list", count=1, last_at=timezone.now()
    )
    key = held()
    enrolled(subject_id="01/007")
    client = signed_in("imaging_lead")
    user = User.objects.get()
    for role in ("pacs_manager", "dpo", "administrator"):
        RoleAssignment.objects.create(user=user, role=role)
    name = django_settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    page = context.new_page()
    page.key, page.root = key, live_server.url
    held("ultrasound", "lungs", ("8.1",))
    findings.gather("w")
    page.finding = Finding.objects.get().pk
    asked = Asked("redact", "Names above the picture", only_scan=True)
    Finding.objects.update(rows=10, columns=10)
    page.rule = deciding.decide(by=EVERYBODY, pk=page.finding, asked=asked).rules[0].pk
    return page


def opened(page: Any, address: str) -> bool:
    """Go there in whichever of the person's roles may; True when the page opened."""
    for role in ("imaging_lead", "pacs_manager", "dpo", "administrator"):
        if page.goto(page.root + address).status == 200:
            return True
        page.goto(page.root + "/")
        page.get_by_label("Acting as").select_option(role)
        page.get_by_role("button", name="Change").click()
    return page.goto(page.root + address).status == 200


def narrow(page: Any) -> int:
    """Width of the page's content in px, once the header has folded its menu away (it does so after the resize)."""
    # Asked from here: a condition that waits in the page is evaluated there, which the page's policy forbids.
    limit = time.monotonic() + 3
    while (width := int(page.evaluate("document.documentElement.scrollWidth"))) > 320 and time.monotonic() < limit:
        page.wait_for_timeout(50)
    return width


def test_every_page_is_accessible_and_fits_a_narrow_window(lead: Any) -> None:
    wrong = {}
    for address in PAGES:
        assert opened(lead, address.format(key=lead.key, finding=lead.finding, rule=lead.rule)), address
        found = axe(lead)
        lead.set_viewport_size({"width": 320, "height": 640})
        wide = narrow(lead)
        lead.set_viewport_size({"width": 1280, "height": 800})
        if found or wide > 320:
            wrong[address] = [*found, f"{wide} px wide"]
    assert not wrong, "\n".join(f"{a}: {w}" for a, w in wrong.items())


def test_an_answer_on_opt_outs_lets_a_waiting_scan_go_on(lead: Any, tmp_path: Path) -> None:
    accepted = config("lungs", legal_basis="s251")
    ResearchStudy.objects.filter(slug="lungs").update(accepted=accepted, proposal=accepted)
    enrolled(nhs_number="9990000018")
    Enrolment.objects.update(consented_on=None)  # who consented is not asked about
    held("opt_out_list", "lungs", ("9.1",))
    lead.goto(lead.root + "/")
    lead.get_by_role("link", name="person to check against the national data opt-out").click()
    with lead.expect_download() as download:
        lead.get_by_role("button", name="Download the list").click()
    download.value.save_as(tmp_path / "list.dat")
    (tmp_path / "other.dat").write_text("9990000050,\n")
    for name, words in (("other.dat", "not asked about"), ("list.dat", "of 1 person, 1 may be used")):
        lead.get_by_label("The list that the service returned").set_input_files(tmp_path / name)
        lead.get_by_role("button", name="Take in the answer").click()
        lead.get_by_text(words).first.wait_for()
        assert axe(lead) == []
    assert LedgerRow.objects.get(sop_instance_uid="9.1").disposition == "pending"


def test_a_held_scan_is_decided_by_keyboard_and_undone(lead: Any) -> None:
    lead.goto(lead.root + "/deid/held/not_part/")
    lead.get_by_role("checkbox").first.press("Space")
    lead.get_by_role("button", name="Reject").press("Enter")
    assert axe(lead) == []
    lead.get_by_label("Why").fill("Sent by mistake")
    lead.get_by_label("Why").press("Enter")
    lead.get_by_text("2 images rejected").wait_for()
    assert axe(lead) == []
    lead.get_by_role("button", name="Undo").press("Enter")
    lead.get_by_text("2 images held as before").wait_for()
    assert set(LedgerRow.objects.values_list("disposition", flat=True)) == {"held"}
    assert door.undoable(by=EVERYBODY) == []
