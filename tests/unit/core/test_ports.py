"""Ports: the records that pass through them have the defaults their users count on."""

from pathlib import Path

from isocentre.core.ports import (
    Admission,
    MessageRefused,
    NotKept,
    Outgoing,
    PacsAway,
    Received,
    RecipientAway,
    SendResult,
)


def test_records_of_ports_have_plain_defaults() -> None:
    assert Admission(None, "not on the list").max_associations == 16
    assert Outgoing("1.2", "2.25.1", 3, [b"abc"]).revision == 0
    assert (SendResult("2.25.1", True).failure, SendResult("2.25.1", True).reason) == (0, "")
    assert Received(Path("a"), 0, 0, "", "", "", "", "", "", "", "").buffer is None


def test_a_refusal_carries_what_its_sender_and_its_page_are_told_and_says_only_the_cause_to_a_log() -> None:
    part = MessageRefused("sent[3]", "receipts.sent[3] is of another site")
    assert (part.place, part.words, str(part)) == ("sent[3]", part.words, "receipts.sent[3] is of another site")
    refused = NotKept(0xC000, "no_study_uid", "No Study Instance UID (0020,000D)")
    assert (refused.status, refused.cause, refused.words) == (
        0xC000,
        "no_study_uid",
        "No Study Instance UID (0020,000D)",
    )
    assert str(refused) == "no_study_uid"


def test_a_pacs_that_is_away_says_so_in_words() -> None:
    away = PacsAway("Nobody answers")
    assert (away.words, str(away)) == ("Nobody answers", "Nobody answers")
    assert isinstance(away, OSError)


def test_a_recipient_that_is_away_says_whether_it_was_reached() -> None:
    away = RecipientAway("Nobody answers")
    assert (away.words, str(away), away.reached) == ("Nobody answers", "Nobody answers", False)
    assert RecipientAway("It broke off", reached=True).reached
    assert isinstance(away, OSError)
