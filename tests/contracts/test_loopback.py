"""Sockets of this machine alone are not paced; those that others may reach stay as the system has them."""

import socket

import pytest

from isocentre.adapters.loopback import unpaced
from isocentre.config.serving import listening as web_socket

CONGESTION = getattr(socket, "TCP_CONGESTION", None)
pytestmark = pytest.mark.skipif(CONGESTION is None, reason="this system does not let a socket choose its pace")


def pace(sock):
    return sock.getsockopt(socket.IPPROTO_TCP, CONGESTION, 16).rstrip(b"\0")


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_what_listens_on_loopback_alone_sends_without_a_pace_and_so_does_what_it_accepts(family, address):
    try:
        listening = socket.create_server((address, 0), family=family)
    except OSError:
        pytest.skip("this machine has no such loopback")
    with listening:
        unpaced(listening)
        with socket.create_connection(listening.getsockname()[:2]) as near, listening.accept()[0] as there:
            assert pace(there) == b"cubic"
            unpaced(near)
            assert pace(near) == b"cubic"


def test_what_others_may_reach_keeps_the_systems_pace():
    with socket.create_server(("0.0.0.0", 0)) as listening:
        before = pace(listening)
        listening.setsockopt(socket.IPPROTO_TCP, CONGESTION, b"reno")
        unpaced(listening)
        assert pace(listening) == b"reno"
        assert before


def test_a_socket_of_another_kind_is_left_alone(tmp_path):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(tmp_path / "there"))
        unpaced(sock)
        assert sock.getsockname() == str(tmp_path / "there")


def test_the_web_server_answers_at_once_in_parts_and_without_a_pace():
    with web_socket("127.0.0.1", 0, 16) as listening:
        with socket.create_connection(listening.getsockname()):
            listening.setblocking(True)
            with listening.accept()[0] as there:
                assert there.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                assert pace(there) == b"cubic"
        assert listening.get_inheritable()
