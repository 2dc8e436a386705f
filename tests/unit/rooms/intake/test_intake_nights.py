"""The record of a day: made once the morning after, never changed, shown in one's scope, told in counts alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from support import hospital as made_up
from support.fake_pacs import FakePacs
from support.gateway_ports import PlainTypesetter
from support.hospital import arrive, newcomer
from support.pull_lists import BY, later, listed, work_off

from isocentre.audit.models import AuditRow
from isocentre.core.routing import Route
from isocentre.rooms.intake.models import LedgerRow, NightReport, PacsNode
from isocentre.rooms.intake.nights import keeping, mailing, ports
from isocentre.rooms.intake.pull import making

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 4)
MORNING = datetime(2026, 3, 4, 6, 30, tzinfo=UTC)


@pytest.fixture
def told(hospital: None, monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[str]:
    """Who is told by e-mail."""
    people: list[str] = []
    monkeypatch.setattr(ports, "_ports", [ports.Ports(PlainTypesetter(), lambda: people)])
    settings.ROOT_URLCONF, settings.ZONE = "isocentre.config.urls_gateway", "gateway"
    return people


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(timezone, "now", lambda: moment)


def came(uid: str, day: date, slug: str = "own", **row: Any) -> None:
    arrive(newcomer(uid, route=Route(slug)))
    LedgerRow.objects.filter(sop_instance_uid=uid).update(first_day=day, **row)


def test_a_day_is_recorded_once_when_it_is_over_and_what_was_missed_is_made_up_for(told, monkeypatch):
    at(monkeypatch, MORNING - timedelta(hours=1))
    assert keeping.due(timezone.now()) == [TODAY - timedelta(days=2)], "before six the night is not over"
    at(monkeypatch, MORNING)
    assert keeping.due(timezone.now()) == [TODAY - timedelta(days=1)]
    assert (keeping.keep("w"), keeping.keep("w")) == (1, 0)
    at(monkeypatch, MORNING + timedelta(days=4))
    assert keeping.keep("w") == 4, "the machine was off"
    assert NightReport.objects.count() == 5
    at(monkeypatch, MORNING + timedelta(days=400))
    assert len(keeping.due(timezone.now())) == keeping.BACK + 1
    assert AuditRow.objects.filter(action="night_recorded").count() == 5


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_on_nights_that_clocks_change_each_day_is_recorded_once(told, monkeypatch, day):
    made = []
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
    for hour in range(72):
        at(monkeypatch, moment + timedelta(hours=hour))
        made.append(keeping.keep("w"))
    assert NightReport.objects.count() == sum(made) == 4
    days = sorted(NightReport.objects.values_list("day", flat=True))
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))]


def test_it_says_what_came_why_it_is_held_and_what_lists_came_to(told, pacs: FakePacs, node: PacsNode):
    pacs.keeps_back = frozenset({"1.2.1.1.2"})
    pull = listed(node, "A1")
    making.start(by=BY, pull=pull)
    for _ in range(4):
        work_off()
        later()
    today = timezone.localdate()
    came("8.1", today, disposition="held", cause="ultrasound")
    came("8.2", today - timedelta(days=1))
    night = keeping.of_day(today)
    [one] = [each for each in night.came if each.research_study == "own"]
    assert (one.counts["received"], one.counts["held"], one.counts["pending"]) == (4, 1, 3)
    assert [(each.cause, each.images) for each in night.held] == [("ultrasound", 1)]
    [list_] = night.lists
    assert (list_.series, list_.whole, list_.short, list_.expected, list_.received) == (2, 1, 1, 4, 3)
    [short] = night.short
    assert (short.line, short.expected, short.received, short.asked) == (2, 3, 2, 3)
    assert keeping.Night.of({}) == keeping.Night()
    assert keeping.of_day(today - timedelta(days=9)).empty


def test_a_record_does_not_change_when_what_it_is_about_does(told, monkeypatch):
    came("8.1", TODAY - timedelta(days=1), disposition="held", cause="ultrasound")
    at(monkeypatch, MORNING)
    keeping.keep("w")
    LedgerRow.objects.update(disposition="sent_on")
    page = made_up.signed_in("pacs_manager").get(reverse("intake:night", args=[NightReport.objects.get().pk]))
    assert "1 image received: 1 held." in made_up.text(page)


def test_page_list_and_pdf_show_ones_own_scope_and_no_more(told, monkeypatch):
    came("8.1", TODAY - timedelta(days=1), "own", site="RNM01")
    came("8.2", TODAY - timedelta(days=1), "lungs", site="RNM02")
    at(monkeypatch, MORNING)
    keeping.keep("w")
    pk = NightReport.objects.get().pk
    lead, nobody = (made_up.signed_in("imaging_lead", "own", site) for site in ("RNM01", "RNM09"))
    for address in (reverse("intake:night", args=[pk]), reverse("intake:night_pdf", args=[pk])):
        text = made_up.text(lead.get(address))
        assert ("Trial own" in text, "Trial lungs" in text) == (True, False)
        assert nobody.get(address).status_code == 404
    assert "3 March 2026" in made_up.text(lead.get(reverse("intake:nights")))
    assert "No day is recorded yet" in made_up.text(nobody.get(reverse("intake:nights")))
    assert lead.get(reverse("intake:night_pdf", args=[pk]))["Content-Type"] == "application/pdf"


def test_people_are_told_by_counts_and_a_link_alone(told, monkeypatch, pacs, node):
    told += ["a@example.nhs.uk", "b@example.nhs.uk"]
    pull = listed(node, "A1")
    making.start(by=BY, pull=pull)
    PacsNode.objects.update(name="Evil\nBcc: x@y.uk")
    work_off()
    tomorrow = timezone.localdate() + timedelta(days=1)
    at(monkeypatch, datetime(tomorrow.year, tomorrow.month, tomorrow.day, 9, tzinfo=UTC))
    keeping.keep("w")
    assert (mailing.send("w-1"), mailing.send("w-1")) == (1, 0)
    [sent] = mail.outbox
    row = NightReport.objects.get()
    assert row.mail == NightReport.SENT
    assert sent.subject.endswith("4 received, 4 on its way")
    assert f"/intake/reconciliation/nights/{row.pk}/" in sent.body
    raw = sent.message().as_string()
    for word in (made_up.NAME, made_up.NUMBER, "A list", "Evil", "Bcc", "Trial own", "1.2.1"):
        assert word not in raw
    assert sent.recipients() == told


def test_a_header_that_somebody_adds_is_never_sent(told, monkeypatch):
    told += ["a@example.nhs.uk\nBcc: c@d.uk"]
    at(monkeypatch, MORNING)
    keeping.keep("w")
    assert mailing.send("w-1") == 0
    assert mail.outbox == []
    assert NightReport.objects.get().last_error == "BadHeaderError"


def test_a_server_that_is_away_is_tried_again_and_given_up(told, monkeypatch):
    def away(*_: Any, **__: Any) -> None:
        raise ConnectionRefusedError("mail.example refused S3CRET")

    told += ["a@example.nhs.uk"]
    at(monkeypatch, MORNING)
    keeping.keep("w")
    monkeypatch.setattr("django.core.mail.EmailMessage.send", away)
    for _ in range(mailing.TIMES):
        assert mailing.send("w-1") == 0
        NightReport.objects.update(not_before=None)
    row = NightReport.objects.get()
    assert (row.mail, row.last_error) == (NightReport.FAILED, "ConnectionRefusedError")
    assert mailing.send("w-1") == 0


def test_nobody_is_told_where_nobody_is_named(told, monkeypatch):
    at(monkeypatch, MORNING)
    keeping.keep("w")
    assert NightReport.objects.get().mail == ""
    assert mailing.send("w-1") == 0
