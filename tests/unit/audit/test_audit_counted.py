"""What machines do image by image becomes one row once it pauses; nothing is lost or doubled on the way."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from isocentre.audit import counted, door
from isocentre.audit.models import AuditRow, Counted
from isocentre.core.actor import SYSTEM, Actor
from isocentre.people.models import RoleAssignment, User
from isocentre.web import formats

ADA = Actor("person", "ada", "imaging_lead")


def received(images: int = 1, association: str = "a1", outcome: str = "new", by: Actor = SYSTEM) -> None:
    entry = door.Entry("scan_received", "association", association, {"outcome": outcome})
    with transaction.atomic():
        door.record_counted(by=by, entries=[(entry, images)])


@pytest.mark.django_db
def test_one_row_an_association_and_outcome_says_how_many_and_between_when() -> None:
    start = timezone.now()
    for _ in range(348):
        received()
    received(2, outcome="duplicate")
    received(3, association="a2")
    received(5, by=ADA)
    assert (AuditRow.objects.count(), door.write_counted(), AuditRow.objects.count()) == (0, 0, 0)
    later = timezone.now() + counted.QUIET + timedelta(seconds=1)
    assert door.write_counted(later) == 4
    assert door.write_counted(later) == 0
    rows = {(r.object_id, r.detail["outcome"], r.actor): r for r in AuditRow.objects.all()}
    assert {key: row.detail["images"] for key, row in rows.items()} == {
        ("a1", "new", "isocentre"): 348, ("a1", "duplicate", "isocentre"): 2, ("a2", "new", "isocentre"): 3,
        ("a1", "new", "ada"): 5,
    }  # fmt: skip
    row = rows["a1", "new", "isocentre"]
    assert row.detail["from"] <= row.detail["to"]
    assert row.detail["from"] >= timezone.localtime(start).isoformat(timespec="seconds")
    assert door.describe(row) == "Isocentre itself received 348 images, new (association a1)"
    assert (row.at, Counted.objects.count()) == (later, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "last", "written"),
    [(20, 20, 0), (31, 31, 1), (601, 1, 1), (599, 1, 0), (-29, -29, 0), (-3600, -3600, 1)],
)
def test_a_count_is_written_after_a_pause_or_when_open_for_long(first: int, last: int, written: int) -> None:
    received()
    now = timezone.now()
    Counted.objects.update(first_at=now - timedelta(seconds=first), last_at=now - timedelta(seconds=last))
    assert door.write_counted(now) == written


@pytest.mark.django_db
def test_a_count_that_is_not_written_yet_is_part_of_the_unsealed_tail(tmp_path: Path) -> None:
    received(9)
    report = door.verify(tmp_path)
    assert (report.whole, report.unsealed) == (True, 1)
    assert report.unsealed_since == Counted.objects.get().first_at
    with pytest.raises(ValueError, match="named actor"):
        received(by=Actor("system", ""))


@pytest.mark.django_db(transaction=True)
def test_threads_that_count_while_it_is_written_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counted, "QUIET", timedelta(0))
    # SQLite has one writer; in memory, as here, the second would not even wait for the first.
    turn = threading.Lock() if connection.vendor == "sqlite" else nullcontext()

    def work() -> None:
        for _ in range(10):
            with turn:
                received()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        with turn:
            door.write_counted()
    for thread in threads:
        thread.join()
    door.write_counted(timezone.now() + timedelta(seconds=1))
    assert sum(row.detail["images"] for row in AuditRow.objects.all()) == 40


@pytest.mark.django_db
def test_the_page_shows_what_people_did_and_the_routine_when_asked() -> None:
    user = User.objects.create(username="reads", name="Sam Lee")
    RoleAssignment.objects.create(user=user, role="auditor")
    client = Client()
    client.force_login(user)
    AuditRow.objects.all().delete()
    gateway = Actor("gateway", "northmoor")
    received(348)
    door.write_counted(timezone.now() + timedelta(minutes=5))
    door.record(by=ADA, entries=[door.Entry("site_changed", "site", "R1")])
    door.record(by=ADA, entries=[door.Entry("person_enrolled", "enrolment", "1", {"research_study": "lungs"})])
    door.record(by=SYSTEM, entries=[door.Entry("backup_made", "backup", "b1")])
    door.record(by=gateway, entries=[door.Entry("objects_stored", "store_request", "q1")])

    def entries(**query: str) -> int:
        page = client.get("/audit/", query).content.decode()
        return int(page.partition("<title>")[2].split()[0])

    assert entries() == 3
    assert "choose them under Show" in client.get("/audit/").content.decode()
    assert "from: " in (said := client.get("/audit/?routine=only").content.decode())
    assert f"images: 348, outcome: new, to: {formats.date(timezone.now())}, " in said
    assert (entries(routine="with"), entries(routine="only")) == (5, 2)
    assert (entries(person="northmoor"), entries(action="scan_received"), entries(object="a1")) == (1, 1, 1)
    assert (entries(kind="association"), entries(kind="site")) == (1, 1)
