"""A register with one research study at one site, and another elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest
from register_book import ADMIN, BASELINE, SCANNER, TEAM, TERMS

from isocentre.rooms.network import door as network
from isocentre.rooms.register import door


@pytest.fixture
def book(db: None) -> None:
    """Sites, a scanner, one open research study with one planned event at Northmoor, and another elsewhere."""
    for ods, name in (("RZN01", "Northmoor General"), ("RYY01", "Eastvale Royal")):
        network.save_site(by=ADMIN, ods=ods, name=name, organisation_ods=ods[:3], organisation_name=f"{name} Trust")
    network.save_scanner(by=ADMIN, scanner=SCANNER)
    door.create_research_study(by=TEAM, terms=TERMS)
    door.save_study_site(by=TEAM, research_study="demo-mr", site="RZN01", status="open")
    door.save_planned_event(by=TEAM, research_study="demo-mr", event=BASELINE)
    door.create_research_study(by=TEAM, terms=replace(TERMS, slug="other", title="Another", ae_title=""))
    door.save_study_site(by=TEAM, research_study="other", site="RYY01", status="open")
