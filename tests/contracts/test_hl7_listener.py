"""The HL7 listener over real sockets: python-hl7 as the sender, TLS with certificates, floods and broken framing."""

import contextlib
import ipaddress
import socket
import ssl
import subprocess
import threading
import time

import hl7
import pytest
from hl7.client import MLLPClient

from isocentre.adapters.hl7.listener import Certificates, Limits, Listener
from isocentre.core.hl7.framing import framed
from isocentre.core.hl7.message import BadMessage, acknowledgement, read

LOCAL = (ipaddress.ip_network("127.0.0.0/8"),)
MESSAGE = "\r".join((
    "MSH|^~\\&|PAS|HOSP|ISO|HOSP|20260303104200||ADT^A40^ADT_A39|M1|P|2.5.1", "EVN|A40", "PID|||111", "MRG|222", "",
))  # fmt: skip


class Ears:
    """Keeps what was heard; answers as intake does."""

    def __init__(self):
        self.heard = []
        self.left = 0

    def leave(self):
        self.left += 1

    def hear(self, data, *, address):
        self.heard.append((data, address))
        try:
            return acknowledgement(read(data), "AA", at=_at())
        except BadMessage as error:
            return acknowledgement(None, "AR", str(error), at=_at())


def _at():
    from datetime import UTC, datetime

    return datetime.now(UTC)


@contextlib.contextmanager
def listening(ears, *, allowed=LOCAL, certificates=None, **limits):
    listener, stop, port, ready = (
        Listener(ears, allowed, certificates, Limits(**limits)),
        threading.Event(),
        [],
        threading.Event(),
    )

    def told(number):
        port.append(number)
        ready.set()

    thread = threading.Thread(target=listener.run, args=("127.0.0.1", 0, stop, told))
    thread.start()
    assert ready.wait(10)
    try:
        yield port[0], listener
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def ended(sock):
    """Whether the other side closes, however it does."""
    sock.settimeout(10)
    try:
        return sock.recv(1000) == b""
    except ConnectionResetError:
        return True


def test_a_sender_of_the_field_is_answered():
    ears = Ears()
    with listening(ears) as (port, _), MLLPClient("127.0.0.1", port) as client:
        answers = [hl7.parse(client.send_message(MESSAGE).decode().strip("\x0b\x1c\r")) for _ in range(3)]
    assert [(str(one["MSA"][0][1]), str(one["MSA"][0][2])) for one in answers] == [("AA", "M1")] * 3
    assert ears.heard == [(MESSAGE.encode(), "127.0.0.1")] * 3
    assert ears.left == 1


def test_messages_that_come_together_or_in_pieces_are_each_answered():
    ears = Ears()
    with listening(ears) as (port, _), socket.create_connection(("127.0.0.1", port), 10) as sock:
        wire = framed(MESSAGE.encode()) * 2
        for byte in (wire[:1], wire[1:7], wire[7:]):
            sock.sendall(byte)
            time.sleep(0.05)
        said = b""
        while said.count(b"\x1c") < 2:
            said += sock.recv(4096)
    assert said.count(b"MSA|AA|M1") == 2
    assert len(ears.heard) == 2


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", b"\x0bMSH\x0bMSH\x1c", b"\x0b" + b"x" * 300_000])
def test_broken_framing_ends_the_connection_and_nothing_else(said):
    ears = Ears()
    with listening(ears) as (port, _):
        with socket.create_connection(("127.0.0.1", port), 10) as sock, contextlib.suppress(ConnectionError):
            sock.sendall(said)
            assert ended(sock)
        with MLLPClient("127.0.0.1", port) as client:
            assert b"MSA|AA" in client.send_message(MESSAGE)
    assert len(ears.heard) == 1


def test_who_is_not_on_the_list_is_not_heard():
    ears = Ears()
    with listening(ears, allowed=(ipaddress.ip_network("10.0.8.5"),)) as (port, listener):
        with socket.create_connection(("127.0.0.1", port), 10) as sock:
            assert ended(sock)
        assert listener.refused == {"127.0.0.1": 1}
    assert ears.heard == []


def test_one_sender_has_so_many_connections_and_no_more():
    with listening(Ears(), of_one=2) as (port, _), contextlib.ExitStack() as stack:
        first, _second = (stack.enter_context(MLLPClient("127.0.0.1", port)) for _ in range(2))
        assert b"MSA|AA" in first.send_message(MESSAGE)
        third = stack.enter_context(socket.create_connection(("127.0.0.1", port), 10))
        assert ended(third)
        assert b"MSA|AA" in first.send_message(MESSAGE)


def test_who_says_nothing_for_long_is_let_go():
    with listening(Ears(), idle=0.3) as (port, _), socket.create_connection(("127.0.0.1", port), 10) as sock:
        assert ended(sock)


def test_a_flood_waits_its_turn():
    ears = Ears()
    with listening(ears, a_second=20) as (port, _), socket.create_connection(("127.0.0.1", port), 10) as sock:
        sock.sendall(framed(MESSAGE.encode()) * 200)
        time.sleep(1)
        assert 1 <= len(ears.heard) <= 40


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """A certificate authority with two certificates, and one of another authority (OpenSSL's own command)."""
    folder = tmp_path_factory.mktemp("tls")

    def run(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    for ca in ("ours", "other"):
        run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", f"/CN={ca}", "-keyout", f"{ca}.key", "-out", f"{ca}.pem")  # fmt: skip
    for name, ca in (("server", "ours"), ("again", "ours"), ("sender", "ours"), ("stranger", "other")):
        run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-addext", "subjectAltName=DNS:localhost", "-keyout", f"{name}.key", "-out", f"{name}.csr")  # fmt: skip
        run("x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key", "-CAcreateserial",
            "-days", "2", "-copy_extensions", "copy", "-out", f"{name}.pem")  # fmt: skip
    return folder


def sending(folder, port, name):
    context = ssl.create_default_context(cafile=str(folder / "ours.pem"))
    if name:
        context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    sock = socket.create_connection(("127.0.0.1", port), 10)
    return context.wrap_socket(sock, server_hostname="localhost")


def test_over_tls_only_those_with_a_certificate_of_ours_are_heard(certificates):
    ears, files = Ears(), Certificates(*(certificates / one for one in ("server.pem", "server.key", "ours.pem")))
    with listening(ears, certificates=files) as (port, _):
        with sending(certificates, port, "sender") as wire:
            wire.sendall(framed(MESSAGE.encode()))
            assert b"MSA|AA|M1" in wire.recv(4096)
        for name in ("", "stranger"):
            said = b""
            with contextlib.suppress(OSError), sending(certificates, port, name) as wire:  # ssl's, or a reset
                wire.sendall(framed(MESSAGE.encode()))
                said = wire.recv(4096)
            assert said == b""
        with socket.create_connection(("127.0.0.1", port), 10) as plain, contextlib.suppress(ConnectionError):
            plain.sendall(framed(MESSAGE.encode()))
            assert b"MSA" not in plain.recv(4096)
    assert len(ears.heard) == 1


def test_a_new_certificate_is_taken_up_without_a_restart(certificates, tmp_path):
    files = [tmp_path / one for one in ("mine.pem", "mine.key", "clients.pem")]

    def put(name):
        for path, source in zip(files, (f"{name}.pem", f"{name}.key", "ours.pem"), strict=True):
            path.write_bytes((certificates / source).read_bytes())

    put("server")
    with listening(Ears(), certificates=Certificates(*files)) as (port, _):
        with sending(certificates, port, "sender") as wire:
            first = wire.getpeercert()["serialNumber"]
        time.sleep(0.05)
        put("again")
        with sending(certificates, port, "sender") as wire:
            assert wire.getpeercert()["serialNumber"] != first
