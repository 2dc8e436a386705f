"""Command sets against pynetdicom's, statuses, and bytes that are no command set."""

from __future__ import annotations

import contextlib
import errno
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynetdicom.dimse_messages import C_ECHO_RQ, C_STORE_RQ
from pynetdicom.dimse_primitives import C_ECHO, C_STORE
from pynetdicom.dsutils import decode as read
from pynetdicom.dsutils import encode as write

from isocentre.adapters.dimse import command, status
from isocentre.adapters.dimse.command import Command
from isocentre.adapters.dimse.pdu import ProtocolError
from isocentre.core.ports import NotKept

CT = "1.2.840.10008.5.1.4.1.1.2"


def _theirs(primitive: C_STORE | C_ECHO, message: C_STORE_RQ | C_ECHO_RQ) -> bytes:
    message.primitive_to_message(primitive)
    return write(message.command_set, True, True) or b""


def test_a_store_request_of_pynetdicom_is_read() -> None:
    request = C_STORE()
    request.MessageID, request.AffectedSOPClassUID, request.AffectedSOPInstanceUID = 7, CT, "1.2.3"
    request.Priority, request.DataSet = 2, BytesIO(b"x")
    assert command.decode(_theirs(request, C_STORE_RQ())) == Command(command.C_STORE_RQ, 7, CT, "1.2.3", True)


def test_an_echo_request_of_pynetdicom_is_ours_byte_for_byte() -> None:
    request = C_ECHO()
    request.MessageID, request.AffectedSOPClassUID = 9, "1.2.840.10008.1.1"
    assert _theirs(request, C_ECHO_RQ()) == command.echo_request(9)


def test_our_store_request_reads_in_pynetdicom() -> None:
    found = read(BytesIO(command.store_request(3, CT, "1.2.3.4")), True, True)
    assert (found.CommandField, found.MessageID, found.AffectedSOPInstanceUID) == (1, 3, "1.2.3.4")
    assert found.CommandGroupLength == len(command.store_request(3, CT, "1.2.3.4")) - 12


def test_our_response_reads_in_pynetdicom_and_in_ours() -> None:
    data = command.response(Command(command.C_STORE_RQ, 5, CT, "1.2.3", True), 0xA700)
    found = read(BytesIO(data), True, True)
    assert (found.CommandField, found.MessageIDBeingRespondedTo, found.Status) == (0x8001, 5, 0xA700)
    assert (found.AffectedSOPClassUID, found.AffectedSOPInstanceUID, found.CommandDataSetType) == (CT, "1.2.3", 0x0101)
    again = command.decode(data)
    assert again == Command(0x8001, 5, CT, "1.2.3", False, 0xA700)
    assert again.response


def test_a_uid_that_is_none_is_not_echoed() -> None:
    long = "1." + "2" * 200
    assert long.encode() not in command.response(Command(1, 5, CT, long, True), 0x0117)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0\0\1",
        b"\x08\0\0\1\2\0\0\0\1\0",
        b"\0\0\0\1\xff\xff\xff\xff\1\0",
        command.echo_request(1)[:-1],
        b"\0\0\0\1\1\0\0\0\1",
    ],
)
def test_what_is_no_command_set_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        command.decode(data)


@given(st.binary(max_size=200))
def test_garbage_never_crashes(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        assert isinstance(command.decode(data), Command)


def test_failures_warnings_and_errors() -> None:
    assert [status.is_failure(code) for code in (0, 0xB000, 0xB007, 0x0110, 0xA700, 0xC000)] == [False] * 3 + [True] * 3
    assert status.of_error(OSError(errno.ENOSPC, "full")).status == 0xA700
    assert status.of_error(OSError(errno.EIO, "broken")) == status.of_error(ValueError("no")) == status.FAILED


def test_why_an_object_is_refused_goes_out_in_at_most_64_characters() -> None:
    request = command.Command(command.C_STORE_RQ, 7, "1.2", "1.3")
    refused = command.decode(command.response(request, 0xC000, "Ü" * 100))
    assert (refused.status, refused.comment) == (0xC000, "?" * 64)
    assert command.decode(command.response(request, 0xC000, "odd")).comment == "odd"
    assert command.decode(command.response(request, 0)).comment == ""
    assert status.of_error(NotKept(0xC000, "empty", "The file is empty")).words == "The file is empty"
