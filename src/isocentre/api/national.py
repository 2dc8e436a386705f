"""The API of the national side: no identifier of a person, and no clock beside a scan."""

from __future__ import annotations

from django.urls import URLPattern

from isocentre.api import agreements, archive, charters, network, register, selections, status
from isocentre.api.build import Api, addresses, make
from isocentre.rooms.register import door


def api() -> Api:
    """The API, made anew."""
    rooms = (register, agreements, charters, archive, selections, network, status)
    return make("Isocentre, national side", [room.router for room in rooms], door.NotFound)


def urls() -> list[URLPattern]:
    """Its addresses, for config."""
    return addresses(api())
