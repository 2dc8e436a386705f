"""Pages of sites and scanners with Django's client."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from isocentre.core.actor import Actor, Scope
from isocentre.people.models import RoleAssignment, User
from isocentre.rooms.network import door, hooks

LEADS = r'<a href="/network/[^"?]+[^/"?]"'
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
    assert admin.post("/network/sites/RZN01", {**SITE, "ods": "OTHER", "name": "Northmoor"}).status_code == 302
    assert admin.post("/network/scanners/NM-MR1", {**SCANNER, "code": "X", "model": "Lumina"}).status_code == 302
    assert [(s.ods, s.name) for s in door.sites()] == [("RZN01", "Northmoor")]
    assert [(s.entry.code, s.entry.model) for s in door.scanners()] == [("NM-MR1", "Lumina")]
    assert "1 scanner" in text(admin.get("/network/scanners/?site=RZN01&q=lumina"))
    assert 'value="Lumina"' in text(admin.get("/network/scanners/NM-MR1"))


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
        assert re.findall(LEADS, text(core.get(page))) == []
        assert re.findall(LEADS, text(admin.get(page)))
    assert "/network/scanners/?site=RZN01" in text(core.get("/network/"))


def test_those_who_view_change_nothing_and_others_see_nothing(settings: Any) -> None:
    settings.LOGIN_URL = "/accounts/login/"
    core = signed_in("imaging_core")
    assert core.get("/network/").status_code == 200
    assert "Add a site" not in text(core.get("/network/"))
    assert core.post("/network/sites/add", SITE).status_code == 403
    assert signed_in("national_auditor").get("/network/scanners/").status_code == 403
    assert Client().get("/network/").url.startswith("/accounts/login/")
    assert door.sites() == []


@pytest.mark.parametrize("url", ["/network/sites/NONE1", "/network/scanners/none"])
def test_what_is_not_there_is_404(url: str) -> None:
    assert signed_in("national_administrator").get(url).status_code == 404


def test_hooks_lead_here_for_those_who_may() -> None:
    admin = signed_in("national_administrator")
    admin.post("/network/sites/add", SITE)
    admin.post("/network/scanners/add", SCANNER)
    assert [i.url for i in hooks.navigation(VIEWER)] == ["/network/"]
    assert [h.kind for h in hooks.search(VIEWER, "northmoor")] == ["Site"]
    assert [h.kind for h in hooks.search(VIEWER, "vida")] == ["Scanner"]
    nobody = Actor("person", "no", scope=Scope.everything())
    assert (hooks.navigation(nobody), hooks.search(nobody, "vida"), hooks.search(VIEWER, "")) == ([], [], [])
