"""Pages of sending on elsewhere: off until two people switch it on; the list, its files, the scan's page, the asks."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from support.hospital import NAME, NUMBER, enrolled, images, signed_in, text
from support.onward_book import ANN, Memory, confirmed, entered, states

from isocentre.core.ports import PacsAway, RecipientAway
from isocentre.people.models import User
from isocentre.rooms.deid import door, work
from isocentre.rooms.deid.onward import asking_back, sending
from isocentre.rooms.deid.onward.copy_views import EMPTY
from isocentre.rooms.deid.onward.rows import OnwardCopy, SendNode
from isocentre.rooms.intake import elsewhere, recalling
from isocentre.rooms.intake.models import LedgerRow

pytestmark = pytest.mark.usefixtures("hospital")
OF = "/deid/onward/of/own/"
TYPED = {"name": "Core lab", "way": "store", "host": "10.0.0.9", "port": "104", "called_ae": "CORELAB",
         "calling_ae": "ISOCENTRE", "approval": "REC 25/NW/0042", "until": "31 December 2999",
         "reason": "Central reading"}  # fmt: skip


@pytest.fixture
def there(ports: door.Ports, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Memory:
    """Two images of the needle's person were sent on; the destination is there."""
    made = Memory()
    ports.recipients = lambda node: made
    monkeypatch.setattr(elsewhere, "_told", [elsewhere.Told(asking_back.copies_of, asking_back.total_of)])
    door.accept(by=ANN, slug="own")
    images(tmp_path, 2)
    LedgerRow.objects.update(enrolment=enrolled("own"))
    work.move("w-1")
    return made


def proved(client: Client, username: str) -> Client:
    """Who is signed in by a test has not shown who they are; here they just did."""
    store = SessionStore(client.session.session_key)
    request: Any = SimpleNamespace(session=store)
    record_authentication(request, User.objects.get(username=username), "password")
    store.save()
    return client


def test_off_is_said_and_how_it_is_switched_on(there: Memory) -> None:
    lead = signed_in("imaging_lead")
    assert "Off: nothing of this research study is sent anywhere" in text(lead.get("/intake/research-studies/own/"))
    assert "one person enters it, another confirms it" in text(lead.get(OF))
    assert EMPTY[:40] in text(lead.get("/deid/onward/"))
    assert "Enter a destination" not in text(signed_in("radiographer").get(OF))


def test_one_enters_another_confirms_and_it_is_on(there: Memory) -> None:
    lead = proved(signed_in("imaging_lead"), "imaging_lead-*-*")
    dpo = proved(signed_in("dpo"), "dpo-*-*")
    answer = lead.post(f"{OF}add", TYPED, follow=True)
    node = SendNode.objects.get()
    assert "Waits for a second person" in text(answer)
    at = f"/deid/onward/{node.pk}/"
    assert "Confirm this destination" not in text(lead.get(at))
    assert lead.post(f"{at}confirm").status_code == 400
    assert "destination waits for you to confirm" in text(dpo.get("/"))
    assert "destination waits for you to confirm" not in text(lead.get("/"))
    assert "In force" in text(dpo.post(f"{at}confirm", follow=True))
    assert "Copies go to Core lab as well" in text(lead.get("/intake/research-studies/own/"))
    assert sending.send("w-1") == 2
    shown = text(lead.get(f"{OF}?format=csv"))
    assert "Core lab" in shown
    assert "REC 25/NW/0042" in shown


def test_what_is_wrong_comes_back_with_what_was_typed(there: Memory) -> None:
    lead = signed_in("imaging_lead")
    answer = lead.post(f"{OF}add", {**TYPED, "port": "x", "until": "soon"})
    shown = text(answer)
    assert answer.status_code == 400
    assert "Write a number from 1 to 65,535" in shown
    assert "Give the last day of the approval" in shown
    assert 'value="CORELAB"' in shown


def test_a_configuration_that_cannot_be_read_is_said(there: Memory, ports: door.Ports) -> None:
    def broken() -> list[str]:
        raise PacsAway("dicomweb.json is not JSON")

    ports.web_servers = broken
    assert "dicomweb.json is not JSON" in text(signed_in("imaging_lead").get(f"{OF}add"))
    ports.web_servers = lambda: ["Eastvale"]
    assert '<option value="Eastvale"' in text(signed_in("dpo").get(f"{OF}add"))


def test_the_connection_is_tested_without_anything_being_sent(there: Memory) -> None:
    lead, at = signed_in("imaging_lead"), f"/deid/onward/{entered().pk}/"
    assert "Core lab answers." in text(lead.post(f"{at}test", follow=True))
    there.away = RecipientAway("Nobody answers there")
    assert "Core lab does not answer: Nobody answers there." in text(lead.post(f"{at}test", follow=True))
    assert there.calls == []
    assert signed_in("radiographer").post(f"{at}test").status_code == 403


def test_the_list_its_files_and_the_scan_say_what_went_where(there: Memory) -> None:
    node = confirmed()
    sending.send("w-1")
    client = signed_in("radiographer")
    shown = text(client.get("/deid/onward/"))
    assert "2 copies elsewhere" in shown
    assert "By state: sent: 2." in shown
    found = list(csv.DictReader(io.StringIO(text(client.get(f"/deid/onward/?node={node.pk}&state=sent&format=csv")))))
    assert {row["Image, as sent on"] for row in found} == set(LedgerRow.objects.values_list("object_uid", flat=True))
    told = json.loads(text(client.get("/deid/onward/?format=json")))
    for said in (shown, json.dumps(told), json.dumps(found)):
        assert NUMBER not in said
        assert NAME.partition("^")[0] not in said
    assert "Nothing matches these filters" in text(client.get("/deid/onward/?state=failed"))
    for sort in ("destination", "sent", "-state", "why"):
        assert client.get(f"/deid/onward/?sort={sort}").status_code == 200
    row = LedgerRow.objects.order_by("pk")[0]
    assert "Sent on to Core lab as well" in text(client.get(f"/scan/{row.pk}/"))
    other = signed_in("radiographer", "own", "RNM02")
    assert row.object_uid not in text(other.get("/deid/onward/"))
    assert "Copies at other destinations, beside the ledger" in text(client.get("/status/"))
    assert "2 copies are at other destinations as well" in text(client.get("/intake/ledger/"))
    assert "at other destinations" not in text(other.get("/intake/ledger/"))


def test_the_wrong_patient_page_and_the_worklist_say_what_is_elsewhere(there: Memory) -> None:
    node = confirmed()
    sending.send("w-1")
    client = signed_in("pacs_manager")
    row = LedgerRow.objects.select_related("arrival").order_by("pk")[0]
    shown = text(client.get(f"/intake/recalls/scan/{row.pk}"))
    assert "Copies of this scan are elsewhere too: 1 image at Core lab" in shown
    recalling.recall(by=ANN, key=row.pk, series=[row.arrival.series_uid], reason="Scanned under the one before")
    asking_back.look("w-1")
    assert "copy to be deleted at Core lab" in text(client.get("/"))
    assert "to be deleted there" in text(client.get(f"/scan/{row.pk}/"))
    at = f"/deid/onward/{node.pk}/deleted"
    assert "1 copy to be deleted at Core lab" in text(client.get(at))
    [one] = asking_back.to_delete(ANN, node)
    typed = {"scans": one.key, "confirmed_by": "Data office", "on": "1 December 2020", "reference": "DEL-7"}
    assert client.post(at, {**typed, "on": ""}).status_code == 400
    assert "DEL-7" in text(client.post(at, typed, follow=True))
    assert states() == ["deleted", "sent"]
    assert "to be deleted at Core lab" not in text(client.get("/"))
    assert "DEL-7" in text(client.get(f"/deid/onward/{node.pk}/"))
    assert "nothing to record" in text(client.get(at))


def test_one_person_ends_it_with_a_reason(there: Memory) -> None:
    node = confirmed()
    lead, at = signed_in("imaging_lead"), f"/deid/onward/{node.pk}/"
    assert lead.post(f"{at}end", {"reason": ""}).status_code == 400
    assert "Nothing more goes there" in text(lead.post(f"{at}end", {"reason": "Read out"}, follow=True))
    assert "Off: nothing" in text(lead.get("/intake/research-studies/own/"))
    assert sending.send("w-1") == 0


def test_what_waits_is_taken_back_with_a_reason(there: Memory) -> None:
    lead, at = signed_in("imaging_lead"), f"/deid/onward/{entered().pk}/"
    assert "Refused" in text(lead.post(f"{at}refuse", {"reason": "Entered twice"}, follow=True))


def test_what_was_not_sent_is_on_the_worklist_and_tried_again(there: Memory) -> None:
    there.refuses = dict.fromkeys(LedgerRow.objects.values_list("object_uid", flat=True), "status A700")
    node = confirmed()
    sending.send("w-1")
    lead, at = signed_in("imaging_lead"), f"/deid/onward/{node.pk}/"
    assert "copies not sent to other destinations" in text(lead.get("/"))
    assert "Not sent on to Core lab" in text(lead.get(f"/scan/{LedgerRow.objects.order_by('pk')[0].pk}/"))
    assert "Try again what was not sent" in text(lead.get(at))
    there.refuses = {}
    lead.post(f"{at}again")
    assert (sending.send("w-1"), states()) == (2, ["sent"] * 2)


def test_a_destination_out_of_scope_is_not_there(there: Memory) -> None:
    node = entered()
    other = signed_in("imaging_lead", "lungs")
    for path in (OF, f"{OF}add", f"/deid/onward/{node.pk}/", f"/deid/onward/{node.pk}/deleted"):
        assert other.get(path).status_code == 404
    for act in ("confirm", "refuse", "end", "test", "again"):
        assert other.post(f"/deid/onward/{node.pk}/{act}", {"reason": "No"}).status_code == 404
    assert not OnwardCopy.objects.exists()
