"""Peers that break the rules, fall silent or come in crowds: a clear end, nothing left behind, others served."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from dimse_raw import CT, EXPLICIT, REQUEST, STORE, Raw
from dimse_service import Keeper, Service, serving
from pydicom.data import get_testdata_file

from isocentre.adapters.dimse import client, command, pdu
from isocentre.adapters.dimse.limits import Limits
from isocentre.adapters.dimse.pdu import Associate, Proposed

QUICK = Limits(artim=1.0, idle=1.0, stall=1.0, grace=2.0, without_receivers=1.0)


@pytest.fixture
def limits() -> Limits:
    return QUICK


def _still_serves(service: Service, keeper: Keeper) -> None:
    assert client.echo("127.0.0.1", service.port, "OURS", "SENDER") == 0
    deadline = time.monotonic() + 5
    while keeper.leftovers and time.monotonic() < deadline:
        time.sleep(0.02)
    assert keeper.leftovers == []


def _refused(service: Service) -> bool:
    try:
        return client.echo("127.0.0.1", service.port, "OURS", "SENDER") != 0
    except client.AssociationRefused:
        return True


def _pdv(context: int, flags: int, payload: bytes, length: int | None = None) -> bytes:
    item = struct.pack(">IBB", len(payload) + 2 if length is None else length, context, flags) + payload
    return struct.pack(">BxI", 4, len(item)) + item


BEFORE = {
    "garbage": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40),
    "data before association": _pdv(1, 3, b"x"),
    "release before association": pdu.encode_release_rq(),
    "endless request": struct.pack(">BxI", 1, 0xFFFFFFFF) + bytes(1000),
    "empty request": struct.pack(">BxI", 1, 0),
    "request without contexts": pdu.encode_associate(Associate("OURS", "SENDER")),
    "item longer than request": REQUEST.replace(b"\x52\0\0\x05", b"\x52\0\0\xff"),
}
AFTER = {
    "unknown PDU": struct.pack(">BxI", 9, 4) + bytes(4),
    "second request": REQUEST,
    "acceptance": pdu.encode_associate(Associate("A", "B", answered=(pdu.Answered(1, 0, EXPLICIT),))),
    "no data value": struct.pack(">BxI", 4, 0),
    "data value cut off": struct.pack(">BxI", 4, 3) + b"abc",
    "data value of length zero": _pdv(1, 3, b"", 0),
    "data value of length one": _pdv(1, 3, b"", 1),
    "data value longer than PDU": _pdv(1, 3, b"abcd", 4000),
    "endless PDU": struct.pack(">BxI", 4, 0xFFFFFFF0) + bytes(100),
    "context not accepted": _pdv(99, 3, b"abcd"),
    "data set without command": _pdv(1, 2, b"abcd"),
    "empty fragment": _pdv(1, 1, b""),
    "empty command set": _pdv(1, 3, b""),
    "command of garbage": _pdv(1, 3, b"\xff" * 40),
    "oversize command set": _pdv(1, 1, bytes(40_000)) * 2,
    "response to nothing": pdu.encode_message(1, command.response(command.Command(1, 1, CT, "1.2"), 0), 0),
    "two commands": STORE + STORE,
    "data set on another context": STORE + _pdv(3, 2, b"abcd"),
    "release with a length lie": struct.pack(">BxI", 5, 400) + bytes(400),
    "command in the middle of an object": STORE + _pdv(1, 0, b"abcd") + STORE,
}


@pytest.mark.parametrize("name", BEFORE)
def test_before_an_association_nonsense_is_aborted(service: Service, keeper: Keeper, name: str) -> None:
    with Raw(service.port) as peer:
        peer.say(BEFORE[name])
        kind, body = peer.hear()
        assert kind == pdu.ABORT
        assert body[2] == 2
    _still_serves(service, keeper)


@pytest.mark.parametrize("name", AFTER)
def test_on_an_association_nonsense_is_aborted(service: Service, keeper: Keeper, name: str) -> None:
    with Raw(service.port) as peer:
        peer.associate()
        peer.say(AFTER[name])
        kind, body = peer.hear()
        assert kind == pdu.ABORT
        assert body[2] == 2
    assert keeper.kept == []
    _still_serves(service, keeper)


def test_refusals_before_admission(service: Service) -> None:
    cases = {
        (1, 2, 2): Associate("OURS", "SENDER", (Proposed(1, CT, (EXPLICIT,)),), protocol_version=2),
        (1, 1, 2): Associate("OURS", "SENDER", (Proposed(1, CT, (EXPLICIT,)),), application_context="1.2.3"),
        (1, 1, 3): Associate("OURS", "", (Proposed(1, CT, (EXPLICIT,)),)),
    }
    for why, request in cases.items():
        with Raw(service.port) as peer:
            peer.say(pdu.encode_associate(request))
            assert peer.hear() == (pdu.ASSOCIATE_RJ, bytes((0, *why)))


@pytest.mark.parametrize("ending", ["abort", "close", "reset"])
@pytest.mark.parametrize("size", [1000, 20 << 20])
def test_an_object_cut_off_leaves_nothing(service: Service, keeper: Keeper, ending: str, size: int) -> None:
    with Raw(service.port) as peer:
        peer.associate()
        peer.say(STORE)
        for _ in range(max(size >> 20, 1)):
            peer.say(_pdv(1, 0, bytes(min(size, 1 << 20) - 6)))
        if ending == "abort":
            peer.say(pdu.encode_abort(0, 0))
        elif ending == "reset":
            peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    _still_serves(service, keeper)
    assert keeper.kept == []


@pytest.mark.parametrize(
    ("sop_class", "uid", "status"),
    [
        (CT, "../../etc/passwd", 0x0117),
        (CT, "1.2/../3", 0x0117),
        (CT, "1." + "2" * 80, 0x0117),
        (CT, "1.02", 0x0117),
        (CT, "", 0x0120),
        ("", "1.2.3", 0x0120),
        ("1.2.840.10008.5.1.4.1.1.4", "1.2.3", 0x0122),
    ],
)
def test_uids_that_are_none_get_a_status_and_the_association_goes_on(
    service: Service, keeper: Keeper, sop_class: str, uid: str, status: int
) -> None:
    with Raw(service.port) as peer:
        peer.associate()
        peer.say(
            pdu.encode_message(1, command.store_request(1, sop_class, uid), 0) + _pdv(1, 0, b"ab") + _pdv(1, 2, b"cd")
        )
        assert peer.status() == status
        assert keeper.kept == []
        peer.say(STORE + _pdv(1, 2, b"good"))
        assert peer.status() == 0
        peer.say(pdu.encode_release_rq())
        assert peer.hear()[0] == pdu.RELEASE_RP
    assert [kept.sop_instance_uid for kept in keeper.kept] == ["1.2.3.4"]


def test_operations_we_do_not_do_and_a_store_without_data(service: Service, keeper: Keeper) -> None:
    find = command.store_request(1, CT, "1.2.3").replace(b"\0\1\2\0\0\0\1\0", b"\0\1\2\0\0\0\x20\0")
    bare = command.store_request(1, CT, "1.2.3").replace(b"\0\0\0\x08\2\0\0\0\1\0", b"\0\0\0\x08\2\0\0\0\1\1")
    cancel = command.echo_request(1).replace(b"\0\1\2\0\0\0\x30\0", b"\0\1\2\0\0\0\xff\x0f")
    with Raw(service.port) as peer:
        peer.associate()
        peer.say(pdu.encode_message(1, find, 0) + _pdv(1, 2, b"query"))
        assert peer.status() == 0x0211
        peer.say(pdu.encode_message(1, bare, 0))
        assert peer.status() == 0xC000
        assert [each[-1] for each in keeper.refusals] == ["no_data"]
        peer.say(pdu.encode_message(1, command.echo_request(1), 0))
        assert peer.status() == 0x0122  # Verification on a storage context
        peer.say(pdu.encode_message(3, cancel, 0) + pdu.encode_message(3, command.echo_request(1), 0))
        assert peer.status() == 0
    _still_serves(service, keeper)


def test_fragments_of_any_size_and_an_empty_last_one_make_the_object(service: Service, keeper: Keeper) -> None:
    request = command.store_request(1, CT, "1.2.3.4")
    with Raw(service.port) as peer:
        peer.associate()
        for byte in request[:-1]:
            peer.say(_pdv(1, 1, bytes([byte])))
        peer.say(_pdv(1, 3, request[-1:]))
        two = struct.pack(">IBB", 4, 1, 0) + b"ab" + struct.pack(">IBB", 3, 1, 0) + b"c"  # two values in one PDU
        peer.say(struct.pack(">BxI", 4, len(two)) + two + _pdv(1, 2, b""))
        assert peer.status() == 0
    (kept,) = keeper.kept
    assert (keeper.folder / "1.2.3.4.dcm").read_bytes()[kept.dataset_offset :] == b"abc"


@pytest.mark.parametrize("said", [b"", REQUEST[:40], b"\x01"])
def test_a_silent_connection_is_ended_by_artim(service: Service, keeper: Keeper, said: bytes) -> None:
    start = time.monotonic()
    with Raw(service.port) as peer:
        peer.say(said)
        assert peer.hear()[0] == pdu.ABORT
    assert 0.8 < time.monotonic() - start < 5
    _still_serves(service, keeper)


def test_a_trickle_does_not_outlast_artim(service: Service) -> None:
    start = time.monotonic()
    with Raw(service.port) as peer:
        peer.sock.settimeout(0.3)
        for byte in REQUEST:
            peer.say(bytes([byte]))
            with contextlib.suppress(TimeoutError):
                if peer.sock.recv(1)[:1] == bytes([pdu.ABORT]):
                    break
            assert time.monotonic() - start < 5
    assert time.monotonic() - start > 0.8


def test_a_sender_that_never_releases_and_one_that_stalls_are_ended(service: Service, keeper: Keeper) -> None:
    for said in (
        b"",
        STORE + _pdv(1, 0, b"abc"),
        STORE[:20],
        STORE + struct.pack(">BxIIBB", 4, 1000, 996, 1, 0) + b"x",
    ):
        start = time.monotonic()
        with Raw(service.port) as peer:
            peer.associate()
            peer.say(said)
            assert peer.hear()[0] == pdu.ABORT
        assert 0.8 < time.monotonic() - start < 5
    _still_serves(service, keeper)


def test_slow_senders_hold_up_nobody(service: Service, keeper: Keeper) -> None:
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(Raw(service.port)) for _ in range(20)]
        for peer in slow:
            peer.associate()
            peer.say(STORE)
        start = time.monotonic()
        path = Path(str(get_testdata_file("CT_small.dcm")))
        assert client.send("127.0.0.1", service.port, "OURS", "SENDER", [path] * 3)[0][1] == 0
        assert time.monotonic() - start < 1
        for peer in slow:
            peer.say(_pdv(1, 2, b"slow"))
            assert peer.status() == 0
    assert len(keeper.kept) >= 21


def test_the_limit_of_a_peer_holds_across_receivers(service: Service, keeper: Keeper) -> None:
    keeper.limit = 3
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(Raw(service.port)) for _ in range(5)]
        for peer in peers:
            peer.say(REQUEST)
        heard = Counter(peer.hear()[0] for peer in peers)
        assert heard == {pdu.ASSOCIATE_AC: 3, pdu.ASSOCIATE_RJ: 2}
    deadline = time.monotonic() + 5
    while _refused(service) and time.monotonic() < deadline:  # the places come back when their holders are gone
        time.sleep(0.05)
    assert client.echo("127.0.0.1", service.port, "OURS", "SENDER") == 0


@pytest.mark.parametrize("most", [256, 50])
def test_two_hundred_associations_at_once_are_served_or_refused(tmp_path: Path, keeper: Keeper, most: int) -> None:
    path = Path(str(get_testdata_file("CT_small.dcm")))
    gate = threading.Barrier(200)

    def one(_: int) -> str:
        gate.wait(60)
        try:
            return str(client.send("127.0.0.1", service.port, "OURS", "SENDER", [path])[0][1])
        except client.AssociationRefused as error:
            return str(error.why)

    with (
        serving(tmp_path, keeper, Limits(associations=most, per_address=most)) as service,
        ThreadPoolExecutor(200) as pool,
    ):
        heard = Counter(pool.map(one, range(200)))
    assert set(heard) <= {"0", "(2, 3, 2)"}
    assert heard.total() == 200
    assert heard["0"] == len(keeper.kept) == 200 if most == 256 else heard["0"] == len(keeper.kept) >= 1
    assert keeper.leftovers == []


def test_beyond_all_places_a_crowd_held_open_is_refused(tmp_path: Path, keeper: Keeper) -> None:
    limits = Limits(associations=4, per_address=4, artim=2.0)
    with serving(tmp_path, keeper, limits) as service, contextlib.ExitStack() as stack:
        peers = [stack.enter_context(Raw(service.port)) for _ in range(10)]
        for peer in peers:
            peer.say(REQUEST)
        heard = [peer.hear() for peer in peers]
        assert [kind for kind, _ in heard[:4]] == [pdu.ASSOCIATE_AC] * 4
        assert heard[4:] == [(pdu.ASSOCIATE_RJ, b"\0\2\3\2")] * 6


def test_a_peer_that_cannot_be_looked_up_is_told_to_try_again(tmp_path: Path, keeper: Keeper) -> None:
    def broken(**_: str) -> None:
        raise RuntimeError("database is away")

    keeper.admit = broken  # type: ignore[method-assign, assignment]  # the port fails
    with serving(tmp_path, keeper, QUICK) as service, pytest.raises(client.AssociationRefused) as refused:
        client.echo("127.0.0.1", service.port, "OURS", "SENDER")
    assert refused.value.why == (2, 3, 1)
