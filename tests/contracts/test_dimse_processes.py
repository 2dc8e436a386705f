"""Listener and receivers come and go: a dead receiver, a restarted listener, an orderly stop."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dimse_service import Keeper, serving
from test_dimse_hostile import QUICK, STORE, Raw, _pdv

from isocentre.adapters.dimse import client, control, pdu
from isocentre.adapters.dimse.limits import Limits

RECEIVER = textwrap.dedent(
    """
    import sys, threading
    from pathlib import Path
    sys.path.insert(0, sys.argv[1])
    from dimse_service import Keeper
    from isocentre.adapters.dimse.receiver import run_receiver
    run_receiver(Path(sys.argv[2]), Keeper(Path(sys.argv[3])), threading.Event())
    """
)


@pytest.fixture
def killable(tmp_path: Path, keeper: Keeper) -> Iterator[subprocess.Popen[bytes]]:
    here, path = str(Path(__file__).parent), str(tmp_path / "control")
    process = subprocess.Popen([sys.executable, "-c", RECEIVER, here, path, str(keeper.folder)])
    yield process
    process.kill()
    process.wait()


def test_a_receiver_killed_takes_its_places_with_it_and_the_other_serves(
    tmp_path: Path, keeper: Keeper, killable: subprocess.Popen[bytes]
) -> None:
    keeper.limit = 1
    with serving(tmp_path, keeper, Limits(), receivers=0) as service:
        with Raw(service.port) as peer:
            peer.associate()  # waits in the kernel until the process is up, then holds the only place of its peer
            service.start_receiver("second", keeper, QUICK)
            time.sleep(0.5)
            with pytest.raises(client.AssociationRefused):
                client.echo("127.0.0.1", service.port, "OURS", "SENDER")
            os.kill(killable.pid, signal.SIGKILL)
            killable.wait()
            assert peer.hear() == (0, b"")
        time.sleep(0.2)
        assert client.echo("127.0.0.1", service.port, "OURS", "SENDER") == 0


def test_associations_outlive_a_restart_of_the_listener_and_still_count(tmp_path: Path, keeper: Keeper) -> None:
    keeper.limit = 1
    limits = Limits(idle=20)
    with serving(tmp_path, keeper, limits) as service, Raw(service.port) as peer:
        peer.associate()
        port = service.port
        service.end("listener")
        peer.say(STORE + _pdv(1, 2, b"while the listener is away"))
        assert peer.status() == 0
        service.start_listener(limits, port)
        time.sleep(1)  # the receivers come back and say what they have
        with pytest.raises(client.AssociationRefused) as refused:
            client.echo("127.0.0.1", port, "OURS", "SENDER")
        assert refused.value.why == (2, 3, 2)
        peer.say(pdu.encode_release_rq())
        assert peer.hear()[0] == pdu.RELEASE_RP
        peer.sock.close()
        time.sleep(0.3)
        assert client.echo("127.0.0.1", port, "OURS", "SENDER") == 0


def test_without_receivers_connections_wait_and_then_are_closed(tmp_path: Path, keeper: Keeper) -> None:
    with serving(tmp_path, keeper, QUICK, receivers=0) as service:
        started = time.monotonic()
        with Raw(service.port) as peer:
            assert peer.hear() == (0, b"")
        assert time.monotonic() - started > 0.5
        service.start_receiver("late", keeper, QUICK)
        time.sleep(0.6)
        assert client.echo("127.0.0.1", service.port, "OURS", "SENDER") == 0


def test_a_stop_lets_the_object_on_its_way_end_and_ends_the_idle_at_once(tmp_path: Path, keeper: Keeper) -> None:
    running = serving(tmp_path, keeper, Limits(grace=5), receivers=1)
    with running as service, Raw(service.port) as busy, Raw(service.port) as idle:
        busy.associate()
        idle.associate()
        busy.say(STORE + _pdv(1, 0, b"first half "))
        time.sleep(0.3)
        service.stops["receiver0"].set()
        assert idle.hear()[0] == pdu.ABORT
        busy.say(_pdv(1, 2, b"second half"))
        assert busy.status() == 0
        assert busy.hear()[0] == pdu.ABORT
    assert len(keeper.kept) == 1


def test_a_stop_does_not_wait_for_ever(tmp_path: Path, keeper: Keeper) -> None:
    with serving(tmp_path, keeper, Limits(grace=0.5), receivers=1) as service, Raw(service.port) as peer:
        peer.associate()
        peer.say(STORE + _pdv(1, 0, b"first half "))
        time.sleep(0.3)
        started = time.monotonic()
        service.stops["receiver0"].set()
        assert peer.hear()[0] == pdu.ABORT
        assert time.monotonic() - started < 4
    assert keeper.leftovers == []


def test_a_control_path_deeper_than_a_socket_address_holds(tmp_path: Path, keeper: Keeper) -> None:
    deep = tmp_path / ("d" * 90) / ("e" * 90)
    deep.mkdir(parents=True)
    with serving(deep, keeper, QUICK) as service:
        assert client.echo("127.0.0.1", service.port, "OURS", "SENDER") == 0
        assert service.control.stat().st_mode & 0o777 == 0o600


def test_a_line_carries_a_connection(tmp_path: Path) -> None:
    with control.listen(tmp_path / "c") as server:
        near = control.connect(tmp_path / "c")
        accepted, _ = server.accept()
        far = control.Channel(accepted)
        with socket.create_server(("127.0.0.1", 0)) as somewhere, Raw(somewhere.getsockname()[1]) as raw:
            near.send({"say": "one"})
            near.send({"say": "two", "handed": True}, raw.sock)
            got: list[tuple[control.Line, socket.socket | None]] = []
            while len(got) < 2:
                got += far.receive()
            assert [line["say"] for line, _ in got] == ["one", "two"]
            assert got[0][1] is None
            handed = got[1][1]
            assert handed is not None
            with handed:
                assert handed.getpeername() == raw.sock.getpeername()
        near.close()
        with pytest.raises(control.ChannelClosed):
            far.receive()
        far.close()
