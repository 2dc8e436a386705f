"""A sender's places: an idle association gives one up for a new one; one at work does not, and people are told."""

from __future__ import annotations

import contextlib
import socket
import time

import pytest
from dimse_raw import REQUEST, STORE, Raw
from dimse_service import Keeper, Service

from isocentre.adapters.dimse import command, pdu


def test_an_idle_association_makes_room_for_a_new_one_of_the_same_peer(service: Service, keeper: Keeper) -> None:
    keeper.limit, keeper.idle = 3, 0.0
    with contextlib.ExitStack() as stack:
        first = [stack.enter_context(Raw(service.port)) for _ in range(3)]
        for peer in first:
            peer.associate()
        later = stack.enter_context(Raw(service.port))
        later.associate()  # accepted
        ended = [peer for peer in first if _has_ended(peer)]
        assert len(ended) == 1
        for peer in [*first, later]:
            if peer not in ended:
                peer.say(pdu.encode_message(3, command.echo_request(1), 0))
                assert peer.status() == 0
    assert keeper.refusals == []


@pytest.mark.parametrize(("idle", "said"), [(0.0, STORE), (60.0, b"")], ids=["at work", "not idle long enough"])
def test_what_is_at_work_or_was_heard_lately_stays_and_the_refusal_is_counted(
    service: Service, keeper: Keeper, idle: float, said: bytes
) -> None:
    keeper.limit, keeper.idle = 2, idle
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(Raw(service.port)) for _ in range(2)]
        for peer in peers:
            peer.associate()
            peer.say(said)
        time.sleep(0.3 if said else 0)  # until the receivers have read it
        more = stack.enter_context(Raw(service.port))
        more.say(REQUEST)
        assert more.hear()[0] == pdu.ASSOCIATE_RJ
        assert not any(_has_ended(peer) for peer in peers)
        assert keeper.refusals == [("SENDER", "SENDER", "OURS", "too_many")]


def _has_ended(peer: Raw) -> bool:
    peer.sock.settimeout(0.3)
    try:
        peer.sock.recv(1, socket.MSG_PEEK)  # an abort, or the end
    except TimeoutError:
        return False
    finally:
        peer.sock.settimeout(10)
    return True
