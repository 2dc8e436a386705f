"""Two research studies at two sites, of which one has a charter."""

from __future__ import annotations

from dataclasses import replace

import pytest
from trials_book import ADMIN, CORE, TEAM, TERMS, TEXT

from isocentre.rooms.network import door as network
from isocentre.rooms.register import door as register
from isocentre.rooms.trials import door


@pytest.fixture
def book(db: None) -> None:
    """`onco-ct` with a first version uploaded and not in force, and `other` elsewhere."""
    for ods, name in (("RZN01", "Northmoor General"), ("RYY01", "Eastvale Royal")):
        network.save_site(by=ADMIN, ods=ods, name=name, organisation_ods=ods[:3], organisation_name=f"{name} Trust")
    register.create_research_study(by=TEAM, terms=TERMS)
    register.save_study_site(by=TEAM, research_study="onco-ct", site="RZN01", status="open")
    register.create_research_study(by=TEAM, terms=replace(TERMS, slug="other", title="Another", ae_title=""))
    register.save_study_site(by=TEAM, research_study="other", site="RYY01", status="open")
    door.upload(by=CORE, slug="onco-ct", text=TEXT)
