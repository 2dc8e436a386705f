"""Status, health, readiness and metrics of one side."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from isocentre.core.actor import Actor
from isocentre.core.hooks import Figure
from isocentre.desk import facts
from isocentre.jobs import door
from isocentre.jobs import hooks as jobs_hooks
from isocentre.jobs.models import Beat, OutboxRow

pytestmark = pytest.mark.django_db


def canary(minutes):
    door.remember("canary", {"ok_at": (timezone.now() - timedelta(minutes=minutes)).isoformat()})


def ready(client, status):
    response = client.get("/readyz")
    assert response.status_code == status
    return response.json()


def test_not_ready_before_the_first_canary(client):
    assert ready(client, 503)["phase"] == "canary"


def test_ready_for_eleven_minutes_after_a_canary(client):
    canary(10.9)
    assert ready(client, 200)["ready"] is True
    canary(11.1)
    assert ready(client, 503)["phase"] == "canary"


@pytest.mark.parametrize("value", [None, [], {"ok_at": "yesterday"}, {"ok_at": 5}])
def test_an_unreadable_canary_is_none(client, value):
    door.remember("canary", value if value is not None else "")
    assert ready(client, 503)["phase"] == "canary"


def test_the_demonstration_must_be_stored(client, settings):
    settings.DEMO = True
    canary(1)
    door.remember("demo", {"phase": "sending", "done": 12, "total": 300})
    body = ready(client, 503)
    assert (body["phase"], body["demo_phase"], body["demo_done"]) == ("demo", "sending", 12)
    door.remember("demo", {"stored": True})
    assert ready(client, 200)["phase"] == "ready"


def test_healthz_needs_the_database(client, monkeypatch):
    assert client.get("/healthz").json() == {"alive": True}

    def broken():
        raise DatabaseError("away")

    monkeypatch.setattr(connection, "cursor", broken)
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["next_action"]


def test_the_age_of_a_beat_says_the_state():
    now = timezone.now()
    for name, seconds in [("a", 5), ("b", 60), ("c", 600), ("old", 2 * 86400)]:
        Beat.objects.create(process=name, at=now - timedelta(seconds=seconds), doing="x")
    assert [(p.name, p.state) for p in facts.processes(now)] == [("a", "running"), ("b", "late"), ("c", "silent")]


def test_status_page_and_json(client, room, person):
    room(backlog=lambda: [Figure("7", "Scans to send on")])
    Beat.objects.create(process="web", at=timezone.now() - timedelta(minutes=10), doing="serving")
    person("national_administrator")
    page = client.get("/status/").content.decode()
    assert "web gave no sign of life" in page
    assert "Scans to send on" in page
    body = client.get("/status/?format=json").json()
    assert body["processes"][0]["state"] == "silent"
    assert body["backlog"]["Scans to send on"] == "7"
    assert body["disk"]["free"] > 0
    part = client.get("/status/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "web gave no sign of life" in part


def set_aside(count=2):
    lease = timezone.now()
    return [
        OutboxRow.objects.create(
            event="scan_stored", payload={"study_uid": "2.25.77", "pseudonym": "P-SECRET"}, listener="register.match",
            state="poison", attempts=8, last_error="DatabaseError in storing.py:7", lease_until=lease,
        ).pk
        for _ in range(count)
    ]  # fmt: skip


def test_messages_set_aside_are_listed_tried_again_and_dropped(client, room, person):
    first, second = set_aside()
    person("national_administrator")
    assert 'href="/status/set-aside/"' in client.get("/status/").content.decode()
    page = client.get("/status/set-aside/").content.decode()
    assert "2 messages between parts set aside" in page
    assert "It is held against the planned imaging" in page
    assert "DatabaseError in storing.py:7" in page
    assert "8 times" in page
    for form in ("csv", "json", "page"):
        answer = client.get(f"/status/set-aside/?format={form}")
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert b"2.25.77" not in content, "a scan is not named beside a clock"
        assert b"P-SECRET" not in content
    answer = client.post("/status/set-aside/retry", {"chosen": [str(first), "x"]}, follow=True)
    assert "1 message is tried again now" in answer.content.decode()
    assert OutboxRow.objects.get(pk=first).state == "waiting"
    answer = client.post("/status/set-aside/drop", {"chosen": str(second)}, follow=True)
    assert "Nothing was dropped" in answer.content.decode()
    answer = client.post("/status/set-aside/drop", {"chosen": str(second), "reason": "Closed"}, follow=True)
    page = answer.content.decode()
    assert "1 message dropped" in page
    assert "Nothing is set aside" in page
    for act in ("retry", "drop"):
        answer = client.post(f"/status/set-aside/{act}", {"chosen": str(second), "reason": "Closed"}, follow=True)
        assert "Nothing was ticked that is still set aside" in answer.content.decode()
    assert 'href="/status/set-aside/"' not in client.get("/status/").content.decode()


def test_who_may_read_what_is_set_aside_may_not_act_on_it(client, room, person):
    [pk] = set_aside(1)
    person("national_auditor")
    page = client.get("/status/set-aside/").content.decode()
    assert "1 message between parts set aside" in page
    assert "Try again" not in page
    for act in ("retry", "drop"):
        assert client.post(f"/status/set-aside/{act}", {"chosen": str(pk), "reason": "x"}).status_code == 403
    assert OutboxRow.objects.get().state == "poison"


def test_what_is_set_aside_is_on_the_worklist_of_who_may_act(db):
    assert jobs_hooks.worklist(ACTING) == []
    set_aside()
    [item] = jobs_hooks.worklist(ACTING)
    assert (item.count, item.text, item.url) == (
        2, "messages between parts set aside after repeated failure", "/status/set-aside/",
    )  # fmt: skip
    assert jobs_hooks.worklist(Actor("person", "x")) == []


ACTING = Actor("person", "ada", permissions=frozenset({"events_act"}))


def test_status_is_refused_without_the_permission(client, room, person):
    person("imaging_core")
    assert client.get("/status/").status_code == 403


def test_metrics_on_this_machine_or_with_the_permission(client, person):
    door.remember("x", 1)
    Beat.objects.create(process="web", at=timezone.now(), doing="serving")
    body = client.get("/metrics").content.decode()
    assert 'isocentre_process_beat_age_seconds{process="web"}' in body
    assert "isocentre_ready 0.0" in body
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.9").status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "10.0.0.9"}).status_code == 403
    person("national_administrator")
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.9").status_code == 200
