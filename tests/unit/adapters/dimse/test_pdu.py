"""PDUs against pynetdicom's own encoders and decoders, and against bytes that break PS3.8."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynetdicom.pdu import (
    A_ABORT_RQ,
    A_ASSOCIATE_AC,
    A_ASSOCIATE_RJ,
    A_ASSOCIATE_RQ,
    A_RELEASE_RP,
    A_RELEASE_RQ,
    P_DATA_TF,
)
from pynetdicom.pdu_primitives import (
    A_ASSOCIATE,
    AsynchronousOperationsWindowNegotiation,
    ImplementationClassUIDNotification,
    ImplementationVersionNameNotification,
    MaximumLengthNotification,
    SCP_SCU_RoleSelectionNegotiation,
    SOPClassExtendedNegotiation,
    UserIdentityNegotiation,
)
from pynetdicom.presentation import build_context

from isocentre.adapters.dimse import pdu
from isocentre.adapters.dimse.contexts import TRANSFER_SYNTAXES, VERIFICATION, accept, answer, storage_classes
from isocentre.adapters.dimse.pdu import Answered, Associate, Proposed, ProtocolError, Role

CT = "1.2.840.10008.5.1.4.1.1.2"
IMPLICIT, EXPLICIT, JPEG2000 = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.90"


def _theirs() -> bytes:
    request = A_ASSOCIATE()
    request.application_context_name = pdu.APPLICATION_CONTEXT
    request.calling_ae_title, request.called_ae_title = "CALLER", "CALLED"
    contexts = [build_context(CT, [JPEG2000, EXPLICIT]), build_context(VERIFICATION, IMPLICIT)]
    for number, context in enumerate(contexts):
        context.context_id = 2 * number + 1
    request.presentation_context_definition_list = contexts
    length, uid, version = MaximumLengthNotification(), ImplementationClassUIDNotification(), None
    length.maximum_length_received, uid.implementation_class_uid = 16382, "1.2.3"
    version = ImplementationVersionNameNotification()
    version.implementation_version_name = "THEIRS"
    window = AsynchronousOperationsWindowNegotiation()
    window.maximum_number_operations_invoked, window.maximum_number_operations_performed = 5, 4
    role = SCP_SCU_RoleSelectionNegotiation()
    role.sop_class_uid, role.scu_role, role.scp_role = CT, True, True
    extended = SOPClassExtendedNegotiation()
    extended.sop_class_uid, extended.service_class_application_information = CT, b"\x02\x00\x03\x00"
    user = UserIdentityNegotiation()
    user.user_identity_type, user.primary_field, user.positive_response_requested = 1, b"someone", False
    request.user_information = [length, uid, version, window, role, extended, user]
    whole = A_ASSOCIATE_RQ()
    whole.from_primitive(request)
    return bytes(whole.encode())


def test_a_request_of_pynetdicom_is_read_whole() -> None:
    request = pdu.decode_associate(_theirs()[6:])
    assert (request.calling_ae, request.called_ae) == ("CALLER", "CALLED")
    assert request.proposed == (Proposed(1, CT, (JPEG2000, EXPLICIT)), Proposed(3, VERIFICATION, (IMPLICIT,)))
    assert (request.max_length, request.implementation_class_uid) == (16382, "1.2.3")
    assert (request.implementation_version, request.async_window) == ("THEIRS", (5, 4))
    assert request.roles == (Role(CT, True, True),)
    assert (request.application_context, request.protocol_version) == (pdu.APPLICATION_CONTEXT, 1)


def test_our_acceptance_reads_in_pynetdicom_as_we_mean_it() -> None:
    theirs = A_ASSOCIATE_AC()
    ours = pdu.encode_associate(accept(pdu.decode_associate(_theirs()[6:]), 1 << 20))
    theirs.decode(ours)
    assert theirs.encode() == ours
    assert [(c.presentation_context_id, c.result, c.transfer_syntax) for c in theirs.presentation_context] == [
        (1, 0, JPEG2000),
        (3, 0, IMPLICIT),
    ]
    user = theirs.user_information
    assert user.maximum_length == 1 << 20
    assert (user.async_ops_window.maximum_number_operations_invoked) == 1
    assert [(bool(r.scu_role), bool(r.scp_role)) for r in user.role_selection.values()] == [(True, False)]


def test_our_request_reads_in_pynetdicom_byte_for_byte() -> None:
    theirs = A_ASSOCIATE_RQ()
    # pynetdicom wants an implementation class UID, as PS3.7 D.3.3.2 does.
    ours = pdu.encode_associate(
        Associate("CALLED", "CALLER", (Proposed(1, CT, (EXPLICIT,)),), max_length=9, implementation_class_uid="1.2.3")
    )
    theirs.decode(ours)
    assert theirs.encode() == ours
    assert (theirs.calling_ae_title, theirs.called_ae_title) == ("CALLER", "CALLED")


@pytest.mark.parametrize(
    ("ours", "kind"),
    [
        (pdu.encode_reject(2, 3, 2), A_ASSOCIATE_RJ),
        (pdu.encode_release_rq(), A_RELEASE_RQ),
        (pdu.encode_release_rp(), A_RELEASE_RP),
        (pdu.encode_abort(2, 6), A_ABORT_RQ),
        (pdu.encode_message(3, b"abcdef", 0), P_DATA_TF),
    ],
)
def test_short_pdus_survive_pynetdicom(ours: bytes, kind: type) -> None:
    theirs = kind()
    theirs.decode(ours)
    assert theirs.encode() == ours


def test_reject_says_what_it_is_given() -> None:
    theirs = A_ASSOCIATE_RJ()
    theirs.decode(pdu.encode_reject(2, 3, 2))
    assert (theirs.result, theirs.source, theirs.reason_diagnostic) == (2, 3, 2)


@given(st.binary(max_size=300), st.integers(min_value=7, max_value=80))
def test_a_message_in_fragments_is_whole_again_and_no_pdu_is_too_long(payload: bytes, longest: int) -> None:
    data, whole, lasts = pdu.encode_message(5, payload, longest, command=False), b"", []
    while data:
        length = int.from_bytes(data[2:6], "big")
        assert length <= longest
        count, context, command, last = pdu.read_pdv_header(data[6:12])
        assert (context, command, count) == (5, False, length - 6)
        whole += data[12 : 12 + count]
        lasts.append(last)
        data = data[6 + length :]
    assert whole == payload
    assert lasts == [False] * (len(lasts) - 1) + [True]


def test_a_data_value_shorter_than_its_head_is_refused() -> None:
    with pytest.raises(ProtocolError):
        pdu.read_pdv_header(b"\0\0\0\1\1\3")


@given(st.integers(min_value=0, max_value=400), st.integers(min_value=0, max_value=255))
def test_a_damaged_request_is_read_or_refused_never_a_crash(position: int, value: int) -> None:
    body = bytearray(_theirs()[6:])
    body[position % len(body)] = value
    for candidate in (bytes(body), bytes(body[:position])):
        with contextlib.suppress(ProtocolError):
            assert isinstance(pdu.decode_associate(candidate), Associate)


@given(st.binary(max_size=400))
def test_garbage_is_refused_never_a_crash(tail: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        assert isinstance(pdu.decode_associate(bytes(68) + tail), Associate)


@pytest.mark.parametrize(
    "proposed",
    [
        (Proposed(2, CT, (IMPLICIT,)),),
        (Proposed(1, CT, ()),),
        (Proposed(1, CT, (IMPLICIT,)), Proposed(1, CT, (EXPLICIT,))),
    ],
)
def test_contexts_that_break_the_rules_are_refused(proposed: tuple[Proposed, ...]) -> None:
    with pytest.raises(ProtocolError):
        pdu.decode_associate(pdu.encode_associate(Associate("A", "B", proposed))[6:])


def test_contexts_take_the_proposers_first_acceptable_syntax_and_name_what_is_not_supported() -> None:
    unknown = "1.2.840.10008.1.2.4.94"
    assert answer(Proposed(1, CT, (unknown, JPEG2000, IMPLICIT))) == Answered(1, 0, JPEG2000)
    assert answer(Proposed(3, CT, (unknown,))).result == 4
    assert answer(Proposed(5, "1.2.840.10008.5.1.4.1.2.2.1", (IMPLICIT,))).result == 3
    assert answer(Proposed(7, VERIFICATION, (IMPLICIT,))).result == 0


def test_every_storage_class_of_pynetdicom_and_the_retired_ones_are_taken() -> None:
    from pynetdicom.sop_class import _STORAGE_CLASSES

    assert {str(uid) for uid in _STORAGE_CLASSES.values()} <= storage_classes()
    assert "1.2.840.10008.5.1.4.1.1.6" in storage_classes()  # ultrasound, retired
    assert "1.2.840.10008.1.20.1" not in storage_classes()  # storage commitment
    assert len(TRANSFER_SYNTAXES) == 18
