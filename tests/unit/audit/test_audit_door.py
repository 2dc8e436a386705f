"""Rows in words, looks written once a minute, history of one object."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from isocentre.audit import door
from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor

pytestmark = pytest.mark.django_db
BY = Actor("person", "ada", "national_auditor")
TOKEN = Actor("token", "tim#7", "study_team")


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    door._looks.clear()
    yield
    door._looks.clear()


@pytest.mark.parametrize(
    ("by", "entry", "words"),
    [
        (BY, door.Entry("site_changed", "site", "RZN01"), "ada, as national auditor, changed site RZN01"),
        (TOKEN, door.Entry("images_read", "scan", "2.25.1"), "tim, with token 7, looked at images of scan 2.25.1"),
        (
            Actor("gateway", "northmoor"),
            door.Entry("receipts_taken", "gateway", "northmoor"),
            "the gateway northmoor handed in receipts",
        ),
        (Actor("system", "isocentre"), door.Entry("signed_in", "", ""), "Isocentre itself signed in"),
        (
            Actor("person", "ada"),
            door.Entry("gateway_revoked", "gateway", "northmoor", reason="lost"),
            "ada revoked gateway northmoor, because: lost",
        ),
        (
            Actor("system", "isocentre"),
            door.Entry("scan_sent_on", "ledger", "sent_on", {"images": 1200}),
            "Isocentre itself sent on 1,200 images",
        ),
        (
            Actor("system", "isocentre"),
            door.Entry("scan_held", "ledger", "not_part", {"images": 1}),
            "Isocentre itself held 1 image: not part",
        ),
        (
            Actor("system", "isocentre"),
            door.Entry("scan_held", "ledger", "face"),
            "Isocentre itself held scan of ledger face",
        ),
        (
            Actor("person", "leila", "dpo"),
            door.Entry("role_chosen", "role", "pacs_manager"),
            "leila, as data protection officer, began to act as PACS manager",
        ),
        (
            Actor("person", "ada"),
            door.Entry("role_given", "person", "tim", {"role": "dpo", "research_study": "*", "site": "RZN_1"}),
            "ada gave person tim the role data protection officer (all research studies, RZN_1)",
        ),
        (
            Actor("person", "leila"),
            door.Entry("held_reject", "decision", "4", {"cause": "burned_in", "scans": 2}, reason="{named}"),
            "leila rejected 2 scans held (burned in), decision 4, because: {named}",
        ),
    ],
)
def test_in_words(by: Actor, entry: door.Entry, words: str) -> None:
    door.record(by=by, entries=[entry])
    assert door.describe(AuditRow.objects.get()) == words


def test_nobody_writes_without_a_name() -> None:
    with pytest.raises(ValueError, match="named"):
        door.record(by=Actor("person", ""), entries=[door.Entry("a_b", "c", "d")])


def test_looks_are_written_once_a_minute_an_actor_and_object(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 600.0
    monkeypatch.setattr(door.time, "monotonic", lambda: now)

    def look(by: Actor, scan: str) -> int:
        door.record_read(by=by, action="images_read", object_type="scan", object_id=scan, objects=3)
        return AuditRow.objects.count()

    assert [look(TOKEN, "1"), look(TOKEN, "1"), look(TOKEN, "2"), look(BY, "1"), look(BY, "1")] == [1, 1, 2, 3, 3]
    now = 660.0
    assert look(TOKEN, "1") == 4
    assert AuditRow.objects.first().detail == {"objects": 3}  # type: ignore[union-attr]  # four were written


def test_a_file_of_what_was_just_seen_on_a_page_is_a_look_of_its_own() -> None:
    for form in ("page", "page", "file", "page"):
        door.record_read(by=BY, action="enrolment_viewed", object_type="list", object_id="every", form=form)
    assert [row.detail["form"] for row in AuditRow.objects.order_by("pk")] == ["page", "file"]


def test_a_look_that_could_not_be_written_is_not_taken_as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise OSError("disk full")

    plain = door.record
    monkeypatch.setattr(door, "record", full)
    with pytest.raises(OSError, match="disk full"):
        door.record_read(by=TOKEN, action="images_read", object_type="scan", object_id="1")
    monkeypatch.setattr(door, "record", plain)
    door.record_read(by=TOKEN, action="images_read", object_type="scan", object_id="1")
    assert AuditRow.objects.count() == 1


def test_history_is_newest_first_and_of_one_object() -> None:
    for name in ("a", "b", "a"):
        door.record(by=BY, entries=[door.Entry("site_changed", "site", name)])
    assert [row.object_id for row in door.history(object_type="site", object_id="a")] == ["a", "a"]
