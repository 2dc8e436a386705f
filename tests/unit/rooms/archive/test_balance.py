"""The national ledger: what hospitals say they sent on, beside what is here, within the actor's scope."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from support.archive_book import put, signed_in, text

from isocentre.core.actor import SYSTEM
from isocentre.core.records import LedgerTotals
from isocentre.rooms.archive import door
from isocentre.rooms.archive.models import Instance
from isocentre.rooms.register.models import LedgerReport

pytestmark = pytest.mark.usefixtures("archive")
ADDRESS = "/archive/ledger/"


def reported(site: str = "RZN01", study: str = "demo-mr", **totals: int) -> None:
    LedgerReport.objects.create(
        gateway=f"g-{site}", site=site, research_study=study, totals=asdict(LedgerTotals(**totals))
    )


def stored(where: str, **said: str) -> str:
    uid = put(where, **said)
    Instance.objects.filter(object_uid=uid).update(direct=False)
    return uid


def test_both_sides_agree_when_all_that_was_sent_on_is_here_or_was_recalled() -> None:
    uid = stored("1.1.1")
    stored("1.1.2")
    reported(received=5, sent_on=2, held=2, pending=1)
    door.erase(by=SYSTEM, stones={uid: 0}, reason="asked for", recalled=True)
    page = text(signed_in("national_auditor").get(ADDRESS))
    assert "Both sides agree" in page
    [row] = signed_in("study_team").get(ADDRESS, {"format": "json"}).json()
    figures = {"received": 5, "waiting": 2, "pending": 1, "sent_on": 2, "stored": 1, "recalled": 1, "erased": 0}
    assert row == {"research_study": "demo-mr", "site": "RZN01", **figures, "difference": 0}


def test_a_missing_image_and_one_too_many_are_differences_that_do_not_hide_each_other() -> None:
    stored("1.1.1")
    reported(received=2, sent_on=2)
    stored("2.1.1", study="lumen", site="RXH")
    client = signed_in("imaging_core")
    assert "The two sides do not agree" in text(client.get(ADDRESS))
    rows = client.get(ADDRESS, {"format": "json"}).json()
    assert sorted((row["research_study"], row["difference"]) for row in rows) == [("demo-mr", -1), ("lumen", 1)]
    assert "Both sides agree" not in text(client.get(ADDRESS, {"site": "RXH"}))


def test_sites_that_one_gateway_reports_together_are_held_against_it_together() -> None:
    stored("1.1.1")
    stored("2.1.1", site="RXH")
    stored("3.1.1", site="RZN02")
    stored("4.1.1", study="lumen", site="RXH")
    reported(site="", study="lumen", received=1, sent_on=1)
    reported(site="", received=4, sent_on=2, held=2)
    reported(site="RZN02", received=1, sent_on=1)
    client = signed_in("imaging_core")
    assert "Both sides agree" in text(client.get(ADDRESS))
    rows = client.get(ADDRESS, {"format": "json"}).json()
    assert {row["site"]: (row["sent_on"], row["stored"], row["difference"]) for row in rows} == {
        "RXH RZN01": (2, 2, 0), "RZN02": (1, 1, 0), "RXH": (1, 1, 0),
    }  # fmt: skip
    assert len(client.get(ADDRESS, {"format": "json", "site": "RXH RZN01"}).json()) == 1
    reported(site="", study="unassigned", received=3, held=3)
    assert "Several sites" in text(client.get(ADDRESS))


def test_one_site_of_several_reported_together_is_not_compared_for_who_sees_only_that() -> None:
    stored("1.1.1")
    stored("2.1.1", site="RXH")
    reported(site="", received=2, sent_on=2)
    client = signed_in("study_team", "demo-mr", "RXH")
    page = text(client.get(ADDRESS))
    assert "do not agree" not in page
    assert "Both sides agree" not in page
    assert "The hospital reports your site together with others" in page
    [row] = client.get(ADDRESS, {"format": "json"}).json()
    assert (row["site"], row["sent_on"], row["stored"], row["difference"]) == ("RXH", 0, 1, "")


def test_what_a_token_stored_and_the_canary_are_no_part_of_it() -> None:
    Instance.objects.filter(object_uid=put("1.1.1")).update(direct=True)
    stored("3.1.1", study="canary")
    assert "No hospital has reported" in text(signed_in("national_auditor").get(ADDRESS))


def test_another_research_study_is_not_shown_counted_or_offered() -> None:
    stored("1.1.1")
    stored("2.1.1", study="lumen")
    reported(received=1, sent_on=1)
    reported(site="RXH", study="lumen", received=9, sent_on=7)
    client = signed_in("study_team", "demo-mr")
    assert "lumen" not in text(client.get(ADDRESS))
    for words in ({}, {"research_study": "lumen"}):
        rows = client.get(ADDRESS, {"format": "json", **words}).json()
        assert [row["research_study"] for row in rows] == ["demo-mr"]
