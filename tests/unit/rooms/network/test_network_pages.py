"""Pages of sites and scanners with Django's client."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from isocentre.core.actor import Actor, Scope
from isocentre.people.models import RoleAssignment, User
from isocentre.rooms.network import door, hooks

LEADS = r'<a (?:class="nhsuk-button" )?href="(/network/[^"?]+[^/"?])"'
pytestmark = pytest.mark.django_db
VIEWER = Actor("person", "vi", scope=Scope.everything(), permissions=frozenset({"network_view"}))
SITE = {"ods": "RZN01", "name": "Northmoor General", "organisation_ods": "RZN", "organisation_name": "Northmoor Trust"}
SCANNER = {
    "code": "NM-MR1",
    "site": "RZN01",
    "manufacturer": "Siemens",
    "model": "Vida",
    "modality": "MR",
    "serial": "175999",
    "station_name": "",
    "ae_title": "",
    "software": "=cmd()",
}


def signed_in(role: str) -> Client:
    user = User.objects.create(username=role, name="Sam Lee")
    RoleAssignment.objects.create(user=user, role=role)
    client = Client()
    client.force_login(user)
    return client


def text(answer: Any) -> str:
    return b"".join(answer.streaming_content if answer.streaming else [answer.content]).decode()


def test_an_administrator_adds_and_changes_a_site_and_a_scanner() -> None:
    admin = signed_in("national_administrator")
    assert "No site is known yet" in text(admin.get("/network/"))
    assert admin.post("/network/sites/add", SITE).status_code == 302
    assert admin.post("/network/scanners/add", SCANNER).status_code == 302
    changed = {**SITE, "ods": "OTHER", "name": "Northmoor"}
    assert admin.post("/network/sites/RZN01/edit", changed).url == "/network/sites/RZN01"
    changed = {**SCANNER, "code": "X", "model": "Lumina"}
    assert admin.post("/network/scanners/NM-MR1/edit", changed).url == "/network/scanners/NM-MR1"
    assert [(s.ods, s.name) for s in door.sites()] == [("RZN01", "Northmoor")]
    assert [(s.entry.code, s.entry.model) for s in door.scanners()] == [("NM-MR1", "Lumina")]
    assert "1 scanner" in text(admin.get("/network/scanners/?site=RZN01&q=lumina"))
    assert 'value="Lumina"' in text(admin.get("/network/scanners/NM-MR1/edit"))


def test_a_site_and_a_scanner_have_a_page_with_what_belongs_to_them_and_their_history() -> None:
    admin = signed_in("national_administrator")
    admin.post("/network/sites/add", SITE)
    assert "None is known here" in text(admin.get("/network/sites/RZN01"))
    admin.post("/network/scanners/add", SCANNER)
    admin.post("/network/scanners/NM-MR1/edit", {**SCANNER, "model": "Lumina"})
    site, scanner = (text(admin.get(f"/network/{page}")) for page in ("sites/RZN01", "scanners/NM-MR1"))
    assert 'href="/network/scanners/NM-MR1"' in site
    assert "Northmoor Trust (RZN)" in site
    assert "created site Northmoor General (RZN01)" in site
    assert 'href="/network/sites/RZN01"' in scanner
    assert "175999" in scanner
    assert "changed scanner NM-MR1 (model)" in scanner
    for page in (site, scanner):
        told = page.partition(">History</h2>")[2].partition("</section>")[0]
        assert "Sam Lee" in told
        assert not re.search(r"\d\d:\d\d", told), "no clock beside what scans are known by"


def test_an_export_holds_no_formula() -> None:
    admin = signed_in("national_administrator")
    admin.post("/network/sites/add", SITE)
    admin.post("/network/scanners/add", SCANNER)
    assert "'=cmd()" in text(admin.get("/network/scanners/?format=csv"))
    assert text(admin.get("/network/?format=csv")).splitlines()[1:] == ["Northmoor General,RZN01,Northmoor Trust,1"]


def test_errors_link_to_their_fields() -> None:
    admin = signed_in("national_administrator")
    admin.post("/network/sites/add", SITE)
    answer = admin.post("/network/scanners/add", {**SCANNER, "serial": "", "modality": "mr"})
    assert answer.status_code == 400
    assert 'href="#serial"' in text(answer)
    assert 'href="#modality"' in text(answer)
    assert door.scanners() == []


def test_those_who_view_are_led_to_no_page_that_refuses_them() -> None:
    admin = signed_in("national_administrator")
    admin.post("/network/sites/add", SITE)
    admin.post("/network/scanners/add", SCANNER)
    core = signed_in("imaging_core")
    for page in ("/network/", "/network/scanners/"):
        leads = re.findall(LEADS, text(core.get(page)))
        assert leads
        assert {core.get(one).status_code for one in leads} == {200}
        assert set(leads) < set(re.findall(LEADS, text(admin.get(page))))
    for page in ("/network/sites/RZN01", "/network/scanners/NM-MR1"):
        assert "/edit" not in text(core.get(page))
        assert f'href="{page}/edit"' in text(admin.get(page))


def test_those_who_view_change_nothing_and_others_see_nothing(settings: Any) -> None:
    settings.LOGIN_URL = "/accounts/login/"
    core = signed_in("imaging_core")
    assert core.get("/network/").status_code == 200
    assert "Add a site" not in text(core.get("/network/"))
    assert core.post("/network/sites/add", SITE).status_code == 403
    assert signed_in("national_auditor").get("/network/scanners/").status_code == 403
    assert Client().get("/network/").url.startswith("/accounts/login/")
    assert door.sites() == []


@pytest.mark.parametrize("url", ["sites/NONE1", "scanners/none", "sites/NONE1/edit", "scanners/none/edit"])
def test_what_is_not_there_is_404(url: str) -> None:
    assert signed_in("national_administrator").get(f"/network/{url}").status_code == 404


def test_hooks_lead_here_for_those_who_may() -> None:
    admin = signed_in("national_administrator")
    admin.post("/network/sites/add", SITE)
    admin.post("/network/scanners/add", SCANNER)
    assert [i.url for i in hooks.navigation(VIEWER)] == ["/network/"]
    assert [h.kind for h in hooks.search(VIEWER, "northmoor")] == ["Site"]
    for words in ("vida", "175999", "nm-mr1"):
        assert [(h.kind, h.url) for h in hooks.search(VIEWER, words)] == [("Scanner", "/network/scanners/NM-MR1")]
    nobody = Actor("person", "no", scope=Scope.everything())
    assert (hooks.navigation(nobody), hooks.search(nobody, "vida"), hooks.search(VIEWER, "")) == ([], [], [])
