"""The actors, terms and messages the tests of the register share."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from isocentre.core.actor import Actor, Scope
from isocentre.core.record_types import PlannedEvent, Receipts, ScannerEntry
from isocentre.core.records import parse_receipts
from isocentre.rooms.register.door import ResearchStudyTerms

GOLDEN = Path(__file__).parents[3] / "contracts" / "messages" / "receipts.v1.json"
ADMIN = Actor("person", "ada", "national_administrator", Scope.everything(), frozenset({"network_edit"}))
TEAM = Actor(
    "person",
    "tim",
    "study_team",
    Scope.everything(),
    frozenset({"register_view", "register_edit", "realtime_view", "ledger_view"}),
)
GATEWAY = Actor(
    "gateway",
    "northmoor",
    scope=Scope(frozenset({("*", "RZN01")})),
    permissions=frozenset({"study_config_read", "receipts_post"}),
)
TERMS = ResearchStudyTerms(
    slug="demo-mr",
    title="Demonstration of MR",
    sponsor="Northmoor University",
    protocol_name="DEMO 1",
    intake_mode="dedicated",
    profile="trial-ct-mr",
    legal_basis="consent",
    ae_title="DEMO_MR",
    status="open",
)
BASELINE = PlannedEvent("baseline", "Baseline MR", "Baseline", ("MR",), ("HEAD",), "", (-14, 0))
SCANNER = ScannerEntry("NM-MR1", "RZN01", "Siemens", "Vida", "175999", "AWP1", "NM_MR1", "MR")


def over(actor: Actor, *pairs: tuple[str, str]) -> Actor:
    """The actor with another scope."""
    return replace(actor, scope=Scope(frozenset(pairs)))


def message(**change: Any) -> Receipts:
    """The golden receipts, with changes to its first row sent."""
    data = json.loads(GOLDEN.read_text(encoding="utf-8"))
    data["sent"][0].update(change)
    return parse_receipts(data)
