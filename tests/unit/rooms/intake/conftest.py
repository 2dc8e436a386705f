"""The hospital of support, for every test of intake that asks for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from support import hospital as made_up
from support.fake_pacs import FakePacs
from support.pull_lists import BY, DAY, came

from isocentre.core.pull.match import StudyFound
from isocentre.rooms.intake.pull import making, ports
from isocentre.rooms.intake.pull.rows import PacsNode


@pytest.fixture
def hospital(db: None, settings: Any) -> None:
    """Two accepted research studies and a scanner, on the hospital side."""
    settings.ZONE = "gateway"
    made_up.hospital()


@pytest.fixture
def pacs(hospital: None, monkeypatch: pytest.MonkeyPatch) -> FakePacs:
    """A PACS with two scans of one accession number and three others; asked about by this process."""
    fake = FakePacs(came)
    for number, accession in enumerate(("A1", "A2", "A3", "B", "B"), 1):
        study = f"1.2.{number}"
        found = StudyFound(study, accession, f"P{number}", "Name", DAY + timedelta(days=number), "1015", "CT chest")
        fake.add(found, s1=[f"{study}.1.{n}" for n in (1, 2, 3)], s2=[f"{study}.2.1"])
    monkeypatch.setattr(ports, "_ports", [ports.Ports(lambda node: fake, lambda slug, patient: None)])
    return fake


@pytest.fixture
def node(pacs: FakePacs) -> PacsNode:
    return making.set_node(by=BY, name="PACS", host="10.0.0.9", port=104, ae_title="PACS", calling_ae="US",
                           destination="US", from_hour=0, to_hour=0)  # fmt: skip
