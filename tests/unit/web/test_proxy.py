"""What a proxy says of client and https is believed of stated proxies only."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from django.conf import LazySettings
from django.http import HttpRequest, HttpResponse

from isocentre.web.proxy import StatedProxies, client

PROXIES = (ip_network("127.0.0.1"), ip_network("10.0.8.0/24"))


@pytest.mark.parametrize(
    ("forwarded", "found"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7, 10.0.8.3", "192.0.2.7"),
        ("127.0.0.1, 192.0.2.7", "192.0.2.7"),  # the first is what the client made up
        ("2001:db8::1", "2001:db8::1"),
        ("nonsense", "0.0.0.0"),
        ("10.0.8.3", "0.0.0.0"),
        ("", "0.0.0.0"),
    ],
)  # fmt: skip
def test_the_client_is_the_last_that_is_no_stated_proxy(forwarded: str, found: str) -> None:
    assert client(forwarded, PROXIES) == found


def seen(settings: LazySettings, peer: str, **headers: str) -> tuple[str, bool]:
    """The client's address and https, as a view sees them."""
    settings.PROXIES, settings.SECURE_PROXY_SSL_HEADER = PROXIES, ("HTTP_X_FORWARDED_PROTO", "https")
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": peer} | headers
    StatedProxies(lambda _: HttpResponse())(request)
    return request.META["REMOTE_ADDR"], request.is_secure()


def test_a_stated_proxy_says_who_asks_and_that_it_was_https(settings: LazySettings) -> None:
    told = {"HTTP_X_FORWARDED_FOR": "192.0.2.7", "HTTP_X_FORWARDED_PROTO": "https"}
    assert seen(settings, "127.0.0.1", **told) == ("192.0.2.7", True)
    assert seen(settings, "::ffff:10.0.8.9", **told) == ("192.0.2.7", True)


def test_anybody_else_says_it_in_vain(settings: LazySettings) -> None:
    told = {"HTTP_X_FORWARDED_FOR": "127.0.0.1", "HTTP_X_FORWARDED_PROTO": "https"}
    assert seen(settings, "192.0.2.9", **told) == ("192.0.2.9", False)


def test_a_proxy_that_names_no_client_makes_nobody_this_machine(settings: LazySettings) -> None:
    assert seen(settings, "127.0.0.1", HTTP_X_FORWARDED_PROTO="https") == ("0.0.0.0", True)
    assert seen(settings, "127.0.0.1") == ("127.0.0.1", False)
