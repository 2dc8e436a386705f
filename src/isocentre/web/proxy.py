"""Behind a stated proxy (ISOCENTRE_PROXIES) a request's client address and https are what the proxy says; else not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

UNKNOWN = "0.0.0.0"  # noqa: S104 - stands for a client nobody named, never listened on
Networks = Sequence[IPv4Network | IPv6Network]


class StatedProxies:
    """First of all middleware: throttles, /metrics and the demonstration's cards go by the address set here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._proxies: Networks = getattr(settings, "PROXIES", ())

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Set the client's address, or forget a header that anybody may have sent."""
        meta, proxies = request.META, self._proxies
        if not _within(meta.get("REMOTE_ADDR", ""), proxies):
            meta.pop("HTTP_X_FORWARDED_PROTO", None)
        elif "HTTP_X_FORWARDED_FOR" in meta or "HTTP_X_FORWARDED_PROTO" in meta:
            meta["REMOTE_ADDR"] = client(meta.get("HTTP_X_FORWARDED_FOR", ""), proxies)
        return self.get_response(request)


def client(forwarded: str, proxies: Networks) -> str:
    """The last address in X-Forwarded-For that is no stated proxy: those before it may be made up."""
    for address in reversed([one.strip() for one in forwarded.split(",")]):
        if not _within(address, proxies):
            return address if _address(address) else UNKNOWN
    return UNKNOWN


def _within(address: str, proxies: Networks) -> bool:
    found = _address(address)
    return found is not None and any(found in network for network in proxies)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The address, an IPv4 one also where it is written in IPv6; None when it is none."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
