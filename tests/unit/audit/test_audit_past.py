"""The history of an object: newest first, in words, no clock and no looks for who may not know them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from support.data import ROOT

from isocentre.audit import door as audit
from isocentre.audit.past import LOOKS
from isocentre.core.actor import SYSTEM, Actor, Scope

pytestmark = pytest.mark.django_db
ADA = Actor("person", "ada", "administrator", Scope.everything(), frozenset())


def reader(*permissions: str) -> Actor:
    return Actor("person", "eve", "somebody", Scope.everything(), frozenset(permissions))


def write(action: str, kind: str, name: str, *, by: Actor = ADA, reason: str = "", **detail: Any) -> None:
    audit.record(by=by, entries=[audit.Entry(action, kind, name, detail, reason)])


def words(*permissions: str, about: tuple[str, str], **more: Any) -> list[str]:
    return [line for _, line in audit.past(by=reader(*permissions), about=[about], **more)]


def test_the_newest_is_first_with_its_reason_and_what_was_changed() -> None:
    write("scanner_created", "scanner", "NM-MR1", serial="1")
    write("scanner_changed", "scanner", "NM-MR1", serial="2", software="E11")
    write("scanner_changed", "scanner", "OTHER", serial="3")
    assert words(about=("scanner", "NM-MR1")) == [
        "ada, as administrator, changed scanner NM-MR1 (serial, software)",
        "ada, as administrator, created scanner NM-MR1",
    ]
    write("token_revoked", "token", "7", reason="Lost")
    [told] = words(about=("token", "7"), thing="this token")
    assert told == "ada, as administrator, revoked this token, because: Lost"


def test_only_who_reads_the_audit_trail_reads_who_looked() -> None:
    write("scan_viewed", "scan", "1")
    write("sample_judged", "scan", "1", verdict="clean")
    judged, looked = "judged a drawn scan, this scan: clean", "looked at the page of this scan"
    assert words(about=("scan", "1"), thing="this scan") == [f"ada, as administrator, {judged}"]
    assert words("audit_view", about=("scan", "1"), thing="this scan") == [
        f"ada, as administrator, {judged}", f"ada, as administrator, {looked}",
    ]  # fmt: skip


def test_the_routine_of_machines_is_left_out_unless_it_is_the_history() -> None:
    write("scan_matched", "imaging_event", "e1", by=SYSTEM)
    write("scan_match_denied", "imaging_event", "e1", reason="Another visit")
    about = ("imaging_event", "e1")
    assert len(words(about=about, thing="this scan")) == 1
    both = words(about=about, thing="this scan", routine=True)
    assert both[1].endswith("matched this scan to what was planned")
    assert not any("e1" in line for line in both), "its name in the trail stands beside no scan"


@pytest.mark.parametrize(
    ("zone", "kind", "permission", "told"),
    [
        ("gateway", "research_study", "", True),
        ("platform", "research_study", "", False),
        ("platform", "scan", "", False),
        ("test", "scan", "", False),
        ("platform", "research_study", "realtime_view", True),
        ("platform", "research_study", "audit_view", True),
        ("platform", "token", "", True),
        ("platform", "gateway", "", True),
    ],
)
def test_who_sees_a_clock(settings: Any, zone: str, kind: str, permission: str, told: bool) -> None:
    settings.ZONE = zone
    write(f"{kind}_changed", kind, "x")
    [(at, _)] = audit.past(by=reader(permission), about=[(kind, "x")])
    assert (at is not None) == told


def test_nothing_asked_about_is_nothing_told_and_a_long_history_is_cut() -> None:
    assert audit.past(by=reader(), about=[]) == []
    for _ in range(25):
        write("site_changed", "site", "RZN01", organisation="RZN")
    assert len(words(about=("site", "RZN01"))) == 20


def test_every_look_is_known_as_one() -> None:
    """One by another word would be told to everybody who sees the object's page."""
    written = " ".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    looks = set(re.findall(r'record_read\([^)]*?action="(\w+)"', written)) - {"sign_in_refused"}
    assert len(looks) > 8
    assert {look for look in looks if look.rpartition("_")[2] not in LOOKS} == set()
