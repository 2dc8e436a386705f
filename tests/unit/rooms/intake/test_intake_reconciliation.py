"""The reconciliation page: by arrival day and research study, balanced in words, held with the reason why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from support.hospital import arrive, enrolled, held, newcomer, signed_in, text

from isocentre.core.routing import Route
from isocentre.rooms.intake.models import Arrival, LedgerRow

pytestmark = pytest.mark.usefixtures("hospital")
PAGE = "/intake/reconciliation/"


def _days(count: int) -> str:
    return (timezone.localdate() - timedelta(count)).isoformat()


def _sent(*uids: str, stored: bool = True) -> None:
    """Images of `lungs` that were sent on."""
    arrive(*(newcomer(uid, route=Route("lungs", "sent_on"), facts={"study_uid": "8"}) for uid in uids))
    if stored:
        rows = LedgerRow.objects.filter(sop_instance_uid__in=uids)
        rows.update(sent_at=timezone.now(), sent_sha256="f" * 64)


def test_the_days_balance_in_words_and_as_a_file() -> None:
    _sent("8.1", "8.2")
    held("face", "lungs", ("7.1",))
    held()
    arrive(newcomer("8.1", route=Route("lungs", "sent_on"), facts={"study_uid": "8"}))
    manager = signed_in("pacs_manager")
    page = text(manager.get(PAGE))
    assert "These days balance." in page
    assert "5 images received = 2 sent on + 3 held + 0 left out + 0 rejected + 0 opted out + 0 on its way." in page
    assert "confirmed that it stored all 2 sent on" in page
    assert "1 image came again, was kept once" in page
    rows = manager.get(f"{PAGE}?format=json").json()
    assert [(r["day"], r["research_study"], r["received"], r["sent_on"], r["stored"], r["held"], r["duplicates"],
             r["balances"]) for r in rows] == [
        (_days(0), "unassigned", 2, 0, 0, 2, 0, "yes"), (_days(0), "lungs", 3, 2, 2, 1, 1, "yes"),
    ]  # fmt: skip
    assert text(manager.get(f"{PAGE}?format=csv")).count(_days(0)) == 2


def test_what_was_not_confirmed_and_what_is_on_its_way_is_said() -> None:
    _sent("8.1")
    _sent("8.2", stored=False)
    arrive(newcomer("8.3", route=Route("lungs", "pending"), facts={"study_uid": "8"}))
    page = text(signed_in("pacs_manager").get(PAGE))
    assert "confirmed 1 of the 2 sent on as stored" in page
    assert "1 is not confirmed" in page
    assert "1 image is on its way" in page


def test_why_images_are_held_leads_to_those_scans_of_those_days_alone() -> None:
    held("face", "lungs", ("7.1", "7.2"))
    arrive(newcomer("6.1", route=Route("lungs", "held", "face", "A reason."), facts={"study_uid": "6"}))
    LedgerRow.objects.filter(study_uid="6").update(first_day=_days(9))
    manager = signed_in("pacs_manager")
    page = text(manager.get(PAGE))
    assert "Face without a waiver" in page
    url = f"/deid/held/face/?research_study=lungs&amp;from={_days(1)}&amp;to={_days(0)}"
    assert url in page
    assert "1 scan held" in text(manager.get(url.replace("&amp;", "&")))
    assert "2 scans held" in text(manager.get("/deid/held/face/"))
    [why] = manager.get(f"{PAGE}?part=held&format=json").json()
    assert (why["cause"], why["images"], why["scans"]) == ("face", 2, 1)
    assert "/deid/held/" not in text(signed_in("auditor").get(PAGE)), "no way to what the role may not open"


def test_other_days_are_asked_for_and_an_empty_span_says_so() -> None:
    held("face", "lungs", ("7.1",))
    LedgerRow.objects.update(first_day=_days(9))
    manager = signed_in("pacs_manager")
    page = text(manager.get(PAGE))
    assert "No image arrived on these days" in page
    assert "balance" not in page
    assert "Why images are held" not in page
    for query, count in (
        (f"from={_days(9)}&to={_days(9)}", 1), (f"from={_days(8)}", 0), (f"to={_days(9)}", 1), ("from=&to=", 1),
        ("from=&to=&research_study=own", 0),
    ):  # fmt: skip
        assert len(manager.get(f"{PAGE}?{query}&format=json").json()) == count, query
    assert "The first day is after the last" in text(manager.get(f"{PAGE}?from={_days(0)}&to={_days(9)}"))
    assert manager.get(f"{PAGE}?from=31+February").status_code == 400


def test_rows_that_do_not_balance_are_an_alarm() -> None:
    arrive(newcomer("1.1"))
    LedgerRow.objects.update(disposition="lost")
    page = text(signed_in("auditor").get(PAGE))
    assert "These days do not balance" in page
    assert "Does not balance" in page


def test_a_part_of_the_hospital_sees_its_part_and_nobody_is_named() -> None:
    held()
    enrolled()
    _sent("8.1")
    assert Arrival.objects.count() == 3
    everything, own = text(signed_in("pacs_manager").get(PAGE)), text(signed_in("pacs_manager", "own").get(PAGE))
    assert "Trial lungs" in everything
    assert "Trial lungs" not in own
    assert "No image arrived on these days" in own
    assert not {"Needlova", "NM777001", "ACCNEEDLE1"} & set(everything.replace("<", " ").split())


def test_the_home_page_and_the_ledger_lead_there() -> None:
    manager = signed_in("pacs_manager")
    assert "images arrived today or yesterday" in text(manager.get("/")).lower()
    _sent("8.1")
    held("face", "lungs", ("7.1",))
    page = text(manager.get("/"))
    assert "1 of 2" in page
    assert "1 held" in page
    assert f'href="{PAGE}"' in page
    assert f'href="{PAGE}"' in text(manager.get("/intake/ledger/"))
    assert "confirmed as stored nationally" not in text(signed_in("radiographer").get("/"))
