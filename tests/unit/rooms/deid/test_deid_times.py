"""The page of times: an administrator sets them with a reason, is told what ends at once, and upkeep follows them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from support.hospital import LEAD, held, signed_in, text

from isocentre.audit.models import AuditRow
from isocentre.rooms.deid import opt_out
from isocentre.rooms.intake import door as intake
from isocentre.rooms.intake.models import Arrival, LedgerRow

pytestmark = pytest.mark.usefixtures("hospital")
URL = "/deid/times/"
GOOD = {"erase_days": "14", "held_days": "60", "opt_out_days": "5", "reason": "Agreed by the board"}


@pytest.fixture(autouse=True)
def demo(settings: Any) -> None:
    """Nobody is asked to prove again who they are: the made-up people have no password."""
    settings.DEMO = True


def old_scan(days: int) -> None:
    """A scan of two images, held for so many days."""
    held("face", "lungs")
    then = timezone.now() - timedelta(days=days)
    LedgerRow.objects.update(decided_at=then)
    Arrival.objects.update(arrived_at=then)


def test_times_are_set_with_a_reason_and_audited() -> None:
    client = signed_in("administrator")
    page = text(client.get(URL))
    assert 'value="7"' in page
    assert 'value="30"' in page
    told = text(client.post(URL, GOOD, follow=True))
    assert "The times are in force" in told
    assert (intake.times.times(), opt_out.most_days()) == (intake.times.Times(14, 60), 5)
    client.post(URL, GOOD)
    rows = list(AuditRow.objects.filter(action="times_changed").order_by("pk").values_list("detail", "reason"))
    assert rows == [
        ({"erase_days": [7, 14], "held_days": [30, 60]}, "Agreed by the board"),
        ({"opt_out_days": [7, 5]}, "Agreed by the board"),
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [("erase_days", "0"), ("erase_days", "91"), ("erase_days", "soon"), ("held_days", "6"), ("held_days", "366"),
     ("opt_out_days", "22"), ("opt_out_days", ""), ("reason", "")],
)  # fmt: skip
def test_what_makes_no_sense_changes_nothing(field: str, value: str) -> None:
    answer = signed_in("administrator").post(URL, {**GOOD, field: value})
    assert answer.status_code == 400
    assert f'href="#{field}"' in text(answer)
    assert (intake.times.times(), opt_out.most_days()) == (intake.times.Times(7, 30), 7)


def test_what_ends_at_once_is_told_before_it_is_done() -> None:
    old_scan(20)
    client, shorter = signed_in("administrator"), {**GOOD, "held_days": "10"}
    answer = client.post(URL, shorter)
    assert answer.status_code == 400
    assert "2 images held would be rejected" in text(answer)
    assert intake.upkeep.expire_held() == 0
    client.post(URL, {**shorter, "sure": "yes"})
    assert intake.upkeep.expire_held() == 2


def test_originals_are_erased_by_the_time_that_is_set() -> None:
    old_scan(5)
    LedgerRow.objects.update(disposition="rejected", cause="rejected_by_person")
    assert intake.times.effect(intake.times.Times(3, 30)) == intake.times.Effect(0, 2)
    assert intake.upkeep.erase_originals() == 0
    signed_in("administrator").post(URL, {**GOOD, "erase_days": "3", "sure": "yes"})
    assert intake.upkeep.erase_originals() == 2


def test_only_an_administrator_changes_them() -> None:
    assert signed_in("imaging_lead").get(URL).status_code == 403
    with pytest.raises(PermissionDenied):
        intake.times.set_times(by=LEAD, erase_days=1, held_days=7, reason="x")
    with pytest.raises(PermissionDenied):
        opt_out.set_days(by=LEAD, days=1, reason="x")
