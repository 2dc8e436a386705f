"""Sites and scanners: created, changed, repeated, refused, audited."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor, Scope
from isocentre.core.checks import Unfit
from isocentre.core.record_types import ScannerEntry
from isocentre.rooms.network import door

pytestmark = pytest.mark.django_db

EDITOR = Actor("person", "ed", "national_administrator", Scope.everything(), frozenset({"network_edit"}))
SCANNER = ScannerEntry("NM-MR1", "RZN01", "Siemens", "Vida", "175999", "AWP1", "NM_MR1", "MR")


def site(by: Actor = EDITOR, ods: str = "RZN01", **change: str) -> door.SiteRecord:
    terms = {"name": "Northmoor General", "organisation_ods": "RZN", "organisation_name": "Northmoor Trust", **change}
    return door.save_site(by=by, ods=ods, **terms)


def actions() -> list[str]:
    return list(AuditRow.objects.order_by("id").values_list("action", flat=True))


def test_a_site_is_created_once_and_changed_once() -> None:
    site()
    site()
    assert door.sites(ods=["RZN01"]) == [door.SiteRecord("RZN01", "Northmoor General", "RZN", "Northmoor Trust")]
    site(name="Northmoor General Hospital")
    assert door.sites()[0].name == "Northmoor General Hospital"
    assert actions() == ["organisation_created", "site_created", "site_changed"]


def test_an_organisation_is_renamed_only_by_someone_who_acts_for_every_site() -> None:
    site()
    local = replace(EDITOR, scope=Scope(frozenset({("*", "RZN01")})))
    with pytest.raises(Unfit) as caught:
        site(by=local, organisation_name="Another Trust")
    assert set(caught.value.errors) == {"organisation_name"}
    site(organisation_name="Northmoor NHS Trust")
    assert door.sites()[0].organisation_name == "Northmoor NHS Trust"


def test_a_scanner_is_created_changed_and_found_by_code_and_site() -> None:
    site()
    door.save_scanner(by=EDITOR, scanner=SCANNER)
    door.save_scanner(by=EDITOR, scanner=SCANNER)
    door.save_scanner(by=EDITOR, scanner=SCANNER, software="XA31")
    [found] = door.scanners(codes=["NM-MR1"])
    assert (found.entry, found.site_name, found.software) == (SCANNER, "Northmoor General", "XA31")
    assert door.scanners(at_sites=["ELSE"]) == []
    assert actions()[2:] == ["scanner_created", "scanner_changed"]
    assert AuditRow.objects.get(action="scanner_changed").detail == {"software": "XA31"}


def test_two_scanners_of_a_maker_may_not_share_a_serial_number() -> None:
    site()
    door.save_scanner(by=EDITOR, scanner=SCANNER)
    with pytest.raises(Unfit) as caught:
        door.save_scanner(by=EDITOR, scanner=replace(SCANNER, code="NM-MR2"))
    assert set(caught.value.errors) == {"serial"}


def test_a_scanner_needs_a_known_site() -> None:
    with pytest.raises(Unfit) as caught:
        door.save_scanner(by=EDITOR, scanner=SCANNER)
    assert set(caught.value.errors) == {"site"}


@pytest.mark.parametrize(
    "by",
    [
        replace(EDITOR, permissions=frozenset({"network_view"})),
        replace(EDITOR, scope=Scope(frozenset({("*", "OTHER")}))),
        replace(EDITOR, scope=Scope(frozenset({("onco-ct", "RZN01")}))),
    ],
)
def test_nobody_without_permission_or_out_of_scope_changes_anything(by: Actor) -> None:
    with pytest.raises(PermissionError):
        site(by=by)
    with pytest.raises(PermissionError):
        door.save_scanner(by=by, scanner=SCANNER)
    assert door.sites() == []
    assert actions() == []


def test_a_scanner_is_not_taken_from_a_site_out_of_scope() -> None:
    site()
    site(ods="RZN02", name="Southmoor")
    door.save_scanner(by=EDITOR, scanner=SCANNER)
    local = replace(EDITOR, scope=Scope(frozenset({("*", "RZN02")})))
    with pytest.raises(PermissionError):
        door.save_scanner(by=local, scanner=replace(SCANNER, site="RZN02"))
    assert door.scanners()[0].entry.site == "RZN01"
