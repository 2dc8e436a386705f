"""What a data protection officer steers by: leaks found, and rules by which more passes than before."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from support.hospital import held, signed_in, text

from isocentre.core.actor import Actor, Scope
from isocentre.rooms.deid import hooks
from isocentre.rooms.deid.models import Rule, SampledScan

pytestmark = pytest.mark.usefixtures("hospital")
DPO = Actor("person", "dpo", "dpo", Scope.everything(), frozenset({"held_view", "profile_second"}))


def _drawn(row: int, verdict: str, research_study: str = "lungs") -> None:
    SampledScan.objects.create(
        research_study=research_study, study_uid=f"1.{row}", row=row, percent=100, drawn_at=timezone.now(),
        verdict=verdict,
    )  # fmt: skip


def _rule(code: str, kind: str, state: str = "in_force", **more: Any) -> None:
    now = timezone.now()
    Rule.objects.create(code=code, version=1, kind=kind, like=code, state=state, reason="A reason", made_by="lead",
                        made_at=now, changed_at=now, **more)  # fmt: skip


def test_nothing_found_is_said_as_nothing() -> None:
    leaks, rules = hooks.figures(DPO)
    assert (leaks.value, leaks.note, rules.value, rules.note) == ("0", "0 drawn scans looked at", "0", "")


def test_leaks_and_widening_rules_are_counted_and_lead_to_their_lists() -> None:
    for row, verdict in enumerate(("", "clean", "seen", "seen")):
        _drawn(row, verdict)
    held("second_check", "lungs", ("7.1",))
    for code, kind, state in (
        ("R-A", "allow", "in_force"), ("R-B", "keep", "retiring"), ("R-C", "clean", "waiting"),
        ("R-D", "black", "in_force"), ("R-E", "allow", "retired"),
    ):  # fmt: skip
        _rule(code, kind, state)
    _rule("R-F", "clean", scan="1.2.3")
    leaks, rules = hooks.figures(DPO)
    assert (leaks.value, leaks.note) == ("2", "3 drawn scans looked at, 1 image stopped by the second check")
    assert (rules.value, rules.note) == ("3", "1 of them for one scan alone")
    officer = signed_in("dpo")
    assert "2 drawn scans" in text(officer.get(leaks.url))
    listed = officer.get(f"{rules.url}&format=json").json()
    assert sorted(one["kind"] for one in listed) == ["allow", "clean", "keep"]
    home = text(officer.get("/"))
    assert "Leaks found: scans sent on with something that names a patient" in home
    assert "Rules in force that widen what passes" in home


def test_nobody_else_and_no_other_research_study_is_told() -> None:
    _drawn(1, "seen")
    own = Actor("person", "dpo", "dpo", Scope(frozenset({("own", "*")})), DPO.permissions)
    assert hooks.figures(own)[0].value == "0"
    assert "Leaks found" not in text(signed_in("imaging_lead").get("/"))
