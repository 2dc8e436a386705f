"""Ports: the records that pass through them have the defaults their users count on."""

from pathlib import Path

from isocentre.core.ports import Admission, Outgoing, Received, SendResult


def test_records_of_ports_have_plain_defaults() -> None:
    assert Admission(None, "not on the list").max_associations == 16
    assert Outgoing("1.2", "2.25.1", 3, [b"abc"]).revision == 0
    assert (SendResult("2.25.1", True).failure, SendResult("2.25.1", True).reason) == (0, "")
    assert Received(Path("a"), 0, 0, "", "", "", "", "", "", "", "").buffer is None
