"""Copies elsewhere for programs: in scope, by state, naming nobody."""

from __future__ import annotations

from typing import Any

import pytest
from support.hospital import NAME, NUMBER, arrive, newcomer
from support.onward_book import asked_back, entered

from isocentre.core.routing import Route
from isocentre.rooms.intake.models import LedgerRow

pytestmark = pytest.mark.usefixtures("hospital")


def test_copies_are_listed_in_scope_and_name_nobody(program: Any) -> None:
    for n in range(3):
        arrive(newcomer(f"1.2.{n}.1", route=Route("own"), facts={"study_uid": f"1.2.{n}"}))
        LedgerRow.objects.filter(sop_instance_uid=f"1.2.{n}.1").update(object_uid=f"2.25.{n}", sent_sha256="a" * 64)
    node = entered()
    for row in LedgerRow.objects.order_by("pk"):
        asked_back(node, row)
    one = program("radiographer", "held_view")
    rows = one.all("copies", limit=2)
    assert [(row["object_uid"], row["destination"], row["state"]) for row in rows] == [
        (f"2.25.{n}", "Core lab", "recall_asked") for n in (2, 1, 0)
    ]
    assert not [word for word in (NAME, NUMBER, "1.2.0") if word in str(rows)]
    assert one.all("copies", state="sent") == []
    assert len(one.all("copies", state="recall_asked", research_study="own")) == 3
    assert one.get("copies", state="lost").status_code == 400
    assert program("radiographer", "held_view", over=("own", "RNM02")).all("copies") == []
    assert program("radiographer", "held_view", over=("lungs", "*")).all("copies") == []
