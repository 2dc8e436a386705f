"""Deciding about all held scans that match, also those of later pages: counted, confirmed, in parts, undone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from support.hospital import NAME, arrive, held, newcomer, signed_in, text

from isocentre.core.routing import Route
from isocentre.rooms.intake import door as intake
from isocentre.rooms.intake import in_parts
from isocentre.rooms.intake.models import Decision, LedgerRow

SCANS = 53
URL = "/deid/held/face/"


@pytest.fixture
def lead() -> Any:
    return signed_in("imaging_lead")


@pytest.fixture(autouse=True)
def _scans(hospital: None) -> None:
    """More than a page of scans of one image, three of which arrived days ago, and one held for something else."""
    route = Route("lungs", "held", "face", "A reason.")
    arrive(*(newcomer(f"9.{n}.1", route=route, facts={"study_uid": f"9.{n}"}) for n in range(SCANS)))
    old = timezone.localdate() - timedelta(9)
    LedgerRow.objects.filter(study_uid__in=("9.0", "9.1", "9.2")).update(first_day=old)
    held("burned_in", "lungs", ("7.1",))


def _confirmed(page: str) -> dict[str, str]:
    found = re.search(r'name="keys" value="([\d,]+)"', page)
    assert found
    return {"keys": found[1], "confirmed": "yes", "all": "yes"}


def _left() -> int:
    return LedgerRow.objects.filter(disposition="held", cause="face").count()


def test_all_that_match_are_counted_confirmed_decided_and_undone(lead: Any) -> None:
    assert "All 53 scans that match" in text(lead.get(URL))
    page = text(lead.post(f"{URL}reject", {"all": "yes"}))
    assert "Reject: 53 scans, 53 images" in page
    assert "These are all that match what you chose." in page
    arrive(newcomer("8.1.1", route=Route("lungs", "held", "face", "A reason."), facts={"study_uid": "8.1"}))
    assert lead.post(f"{URL}reject", _confirmed(page)).status_code == 400, "a reason is asked for"
    assert _left() == SCANS + 1
    done = text(lead.post(f"{URL}reject", {**_confirmed(page), "reason": "Not needed"}, follow=True))
    assert "53 scans decided: 53 images rejected" in done
    assert _left() == 1, "what was held after the count was not decided about"
    lead.post(f"/deid/held/undo/{Decision.objects.get().pk}")
    assert _left() == SCANS + 1


def test_the_filters_hold_for_all_that_match(lead: Any) -> None:
    last = timezone.localdate() - timedelta(8)
    query = f"?research_study=lungs&to={last.isoformat()}"
    page = text(lead.get(f"{URL}{query}"))
    assert "All 3 scans" not in page, "they are all on the page"
    assert f'formaction="{URL}reject{query.replace("&", "&amp;")}"' in page
    page = text(lead.post(f"{URL}reject{query}", {"all": "yes"}))
    assert "Reject: 3 scans, 3 images" in page
    assert "Trial lungs, arrived up to" in page
    answer = lead.post(f"{URL}reject{query}", {**_confirmed(page), "reason": "Not needed"})
    assert answer.url == f"{URL}{query}"
    assert _left() == SCANS - 3


def test_many_are_decided_in_parts_and_no_more_than_so_many_at_once(lead: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(in_parts, "PART", 20)
    monkeypatch.setattr(intake, "AT_ONCE", 50)
    page = text(lead.post(f"{URL}leave-out", {"all": "yes"}))
    assert "53 match. At most 50 are decided about at once" in page
    named = lead.post(f"{URL}leave-out", {**_confirmed(page), "reason": f"As {NAME.split('^')[0]} asked"})
    assert named.status_code == 400
    assert (_left(), Decision.objects.count()) == (SCANS, 0)
    done = text(lead.post(f"{URL}leave-out", {**_confirmed(page), "reason": "Not needed"}, follow=True))
    assert "50 scans decided: 50 images left out" in done
    assert "It was done in 3 parts, each undone by itself." in done
    assert [one.scans for one in Decision.objects.order_by("pk")] == [20, 20, 10]
    assert done.count("/deid/held/undo/") == 3


def test_all_that_match_of_another_part_of_the_hospital_are_none() -> None:
    far = signed_in("radiographer", "own")
    assert "No scan was chosen" in text(far.post(f"{URL}reject", {"all": "yes"}, follow=True))
    keys = ",".join(str(pk) for pk in LedgerRow.objects.values_list("pk", flat=True))
    answer = far.post(f"{URL}reject", {"keys": keys, "confirmed": "yes", "reason": "Mine"}, follow=True)
    assert "had already been decided by somebody else" in text(answer)
    assert _left() == SCANS
