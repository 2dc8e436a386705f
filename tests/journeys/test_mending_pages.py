"""What went wrong put right in Chromium: withdrawals, enrolments, refused reports, messages set aside; at 320 px."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from support.hospital import LEAD, NUMBER, arrive, enrolled, hospital, newcomer, signed_in
from support.standing import fits

from isocentre.core.routing import Route
from isocentre.jobs.models import OutboxRow
from isocentre.rooms.deid.models import RefusedReport
from isocentre.rooms.intake import door
from isocentre.rooms.intake.models import Enrolment, LedgerRow

pytestmark = [pytest.mark.peers("chromium"), pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="session", autouse=True)
def _beside_a_loop() -> Iterator[None]:
    """Playwright's own event loop runs in this thread while Django's ORM is used beside it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def nurse(context: Any, live_server: Any, settings: Any) -> Any:
    """A page of a radiographer; two people enrolled, of one of whom a scan was sent on and told of in vain."""
    settings.ZONE = "gateway"
    hospital()
    one = enrolled(subject_id="01/007")
    door.enrol(by=LEAD, research_study="lungs", hospital_number="NM2", name="Novak", subject_id="01/008")
    route = Route("lungs", enrolment_id=one.pk, time_point="Baseline", study_day=0)
    arrive(newcomer("1.1", route=route), newcomer("1.2", route=route))
    sent = {"disposition": "sent_on", "sent_at": timezone.now(), "pseudonym": "P-A", "receipt_sent": True}
    LedgerRow.objects.filter(sop_instance_uid="1.1").update(**sent)
    words = "The subject id has a form that does not leave the hospital: correct it in the enrolment."
    row = LedgerRow.objects.get(sop_instance_uid="1.1")
    RefusedReport.objects.create(key=row.pk, words=words, said="", at=timezone.now())
    client = signed_in("radiographer")
    name = django_settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    page = context.new_page()
    page.root, page.pk = live_server.url, one.pk
    return page


def press(page: Any, button: str) -> None:
    page.get_by_role("button", name=button).first.click()


def test_a_person_withdraws_and_it_is_taken_back(nurse: Any) -> None:
    nurse.goto(f"{nurse.root}/intake/enrolment/{nurse.pk}")
    fits(nurse)
    nurse.get_by_role("link", name="Record that this person withdraws").click()
    fits(nurse)
    press(nurse, "Record the withdrawal")
    assert "Choose what the person asked for" in nurse.content()
    fits(nurse)
    nurse.get_by_label("Stop, and erase what was sent on").check()
    nurse.get_by_label("Day on which they withdrew").fill(timezone.localdate().isoformat())
    nurse.get_by_label("Why this is recorded").fill("Letter to the research nurse")
    press(nurse, "Record the withdrawal")
    assert "1 image that waited is held." in nurse.content()
    assert "Erasing what is stored on the national side is not available yet" in nurse.content()
    fits(nurse)
    nurse.goto(f"{nurse.root}/deid/held/withdrawn/")
    assert "1 scan held: person has withdrawn" in nurse.content()
    nurse.goto(f"{nurse.root}/intake/enrolment/?state=withdrawn")
    fits(nurse)
    nurse.get_by_role("link", name="01/007").click()
    nurse.get_by_role("link", name="Take the withdrawal back").click()
    fits(nurse)
    nurse.get_by_label("Why it is taken back").fill("Another person's letter")
    press(nurse, "Take it back")
    assert "1 image on its way" in nurse.content()
    assert Enrolment.objects.get(pk=nurse.pk).status == "active"


def test_a_mistake_is_corrected_removed_and_undone(nurse: Any) -> None:
    nurse.goto(f"{nurse.root}/intake/enrolment/")
    nurse.get_by_role("link", name="01/008").click()
    fits(nurse)
    nurse.get_by_role("link", name="correct it").click()
    fits(nurse)
    nurse.get_by_label("Hospital number", exact=True).fill(NUMBER)
    nurse.get_by_label("Why it is corrected").fill("Typed wrong")
    press(nurse, "Correct")
    assert "The person with this number is enrolled here already" in nurse.content()
    nurse.get_by_label("Hospital number", exact=True).fill("NM3")
    press(nurse, "Correct")
    assert "Corrected subject 01/008" in nurse.content()
    nurse.get_by_role("link", name="01/008").click()
    nurse.get_by_role("link", name="remove it").click()
    fits(nurse)
    nurse.get_by_label("Why it is removed").fill("Enrolled by mistake")
    press(nurse, "Remove")
    assert Enrolment.objects.count() == 1
    fits(nurse)
    press(nurse, "Undo")
    assert Enrolment.objects.get(subject_id="01/008").person.hospital_number == "NM3"


def test_a_refused_report_is_seen_and_told_again(nurse: Any) -> None:
    nurse.goto(nurse.root)
    nurse.get_by_role("link", name="report that the national side refused").click()
    fits(nurse)
    nurse.get_by_label("Choose CT scan").check()
    press(nurse, "Tell it again")
    assert "1 report told again in a moment" in nurse.content()
    assert not LedgerRow.objects.get(sop_instance_uid="1.1").receipt_sent


def test_messages_set_aside_are_seen_and_tried_again(nurse: Any, context: Any, live_server: Any) -> None:
    row = OutboxRow.objects.create(
        event="scan_stored", payload={}, listener="register.match", state="poison", attempts=8,
        last_error="DatabaseError in storing.py:7", lease_until=timezone.now(),
    )  # fmt: skip
    client = signed_in("administrator")
    name = django_settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    nurse.goto(nurse.root)
    nurse.get_by_role("link", name="message between parts set aside after repeated failure").click()
    fits(nurse)
    nurse.get_by_label("Choose Images were stored").check()
    press(nurse, "Try again")
    assert "1 message is tried again now" in nurse.content()
    row.refresh_from_db()
    assert row.state == "waiting"
    nurse.goto(f"{nurse.root}/status/")
    fits(nurse)
