"""Role × address: every address has its line in access.txt, and every role is let in or kept out as it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import clear_url_caches
from support import access_matrix, access_scope, pages
from support.access_matrix import ZONES, Address
from support.data import ROOT
from support.gateway_ports import NO_PACS, TRUST
from support.optouts import MemoryOptOuts

from isocentre.people.models import User
from isocentre.people.roles import roles
from isocentre.rooms.archive import conformance
from isocentre.rooms.deid import door as deid
from isocentre.rooms.intake.pull import ports as pull_ports
from isocentre.rooms.intake.trust import ports as trust_ports

HOW = "run `PYTHONPATH=src:tests python -m support.access_matrix` and read the diff of access.txt before you keep it"


def test_every_address_has_its_line() -> None:
    written = access_matrix.FILE.read_text(encoding="utf-8").splitlines()
    now = [address.line for address in access_matrix.addresses()]
    assert sorted(written) == sorted(now), HOW


def test_an_address_without_a_guard_has_a_reason() -> None:
    bare = {address.pattern for address in access_matrix.addresses() if address.needs is None}
    assert bare == set(access_matrix.OPEN), "guard it with people.guard.needs, or give its reason in OPEN"


def test_every_address_behind_a_guard_says_by_what_it_is_scoped() -> None:
    addresses = access_matrix.addresses()
    silent = [f"{a.zone} {a.pattern}" for a in addresses if a.needs is not None and not a.scope]
    assert silent == [], "say in access_scope.py by what it is scoped, or why by nothing"
    told = [p for by in (access_scope.SCOPED, access_scope.UNSCOPED) for some in by.values() for p in some]
    assert sorted(set(told)) == sorted(told), "said twice"
    assert set(told) - {a.pattern for a in addresses} == set(), "there is no such address"


def test_no_address_asks_for_what_nobody_holds() -> None:
    for zone in ZONES:
        held = {p for role in roles().values() if role.zone == zone for p in role.permissions}
        asked = {p for address in access_matrix.addresses() if address.zone == zone for p in address.needs or ()}
        assert asked - held == set(), f"{zone}: nobody may ever open these"


def test_where_the_second_step_is_mandatory() -> None:
    assert {role.key for role in roles().values() if role.mfa} == {
        "administrator",
        "auditor",
        "national_administrator",
        "national_auditor",
    }


def guarded(zone: str) -> list[Address]:
    return [a for a in access_matrix.addresses() if a.zone == zone and a.needs is not None]


def ask(client: Client, address: Address) -> int:
    answer: Any = client.get(address.example)
    return 401 if answer.status_code == 302 and answer["Location"].startswith("/accounts/login") else answer.status_code


@pytest.mark.parametrize("zone", ZONES)
def test_every_role_at_every_address(
    zone: str, settings: LazySettings, person: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deid.ports, "opt_outs", MemoryOptOuts())
    monkeypatch.setattr(pull_ports, "_ports", [NO_PACS])
    monkeypatch.setattr(trust_ports, "_ports", [TRUST])
    monkeypatch.setattr(conformance, "_ports", [conformance.Ports(TRUST.surroundings, TRUST.typesetter)])
    settings.ROOT_URLCONF = f"isocentre.config.urls_{zone}"
    clear_url_caches()
    wrong = []
    nobody = Client(raise_request_exception=False)
    for address in guarded(zone):
        if (status := ask(nobody, address)) != 401:
            wrong.append(f"{address.pattern}: nobody signed in got {status}")
    for role in [r for r in roles().values() if r.zone == zone]:
        client = Client(raise_request_exception=False)
        client.force_login(person(role.key, role.key))
        for address in guarded(zone):
            let_in, status = role.key in address.roles(), ask(client, address)
            if let_in != (status not in (401, 403)) or status >= 500:
                wrong.append(f"{address.pattern}: {role.key} {'may' if let_in else 'may not'}, and got {status}")
    clear_url_caches()
    assert wrong == []


@pytest.mark.parametrize("zone", ZONES)
def test_a_person_without_a_role_opens_nothing_that_needs_one(
    zone: str, settings: LazySettings, person: Callable[..., User]
) -> None:
    settings.ROOT_URLCONF = f"isocentre.config.urls_{zone}"
    clear_url_caches()
    client = Client(raise_request_exception=False)
    client.force_login(person("new"))
    opened = [a.pattern for a in guarded(zone) if a.needs and ask(client, a) not in (403, 404)]
    clear_url_caches()
    assert opened == []


def test_who_reads_the_audit_trail_sees_no_scan() -> None:
    """A look names its research study: where that holds one scan only, its row is about that scan (ADR 0027)."""
    national = [role for role in roles().values() if role.zone == "platform" and "audit_view" in role.permissions]
    assert national
    assert not [role.key for role in national if role.permissions & {"scans_view", "images_view"}]


def test_every_address_is_a_page_that_a_browser_meets_or_says_why_it_is_none() -> None:
    none = [pattern for patterns in pages.NO_PAGE.values() for pattern in patterns]
    addresses = [a for a in access_matrix.addresses() if not a.pattern.startswith(pages.MACHINES)]
    unmet = {
        f"{a.zone} {a.pattern}" for a in addresses if not pages.is_met(a.zone, a.pattern) and a.pattern not in none
    }
    assert unmet == set(), "put it on a list of support/pages.py, so that a browser meets it"
    listed = {*none, *pages.HOSPITAL, *pages.NATIONAL, *pages.SIGNED_OUT, *pages.SECOND_STEP, *pages.ELSEWHERE}
    assert listed - {a.pattern for a in addresses} == set(), "there is no such address"
    assert not [why for why in pages.ELSEWHERE.values() if not (ROOT / why).is_file()]
