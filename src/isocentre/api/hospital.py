"""The API of the hospital side; lists are masked as its pages are, and only the enrolment list names people."""

from __future__ import annotations

from django.urls import URLPattern

from isocentre.api import accessions, copies, deid, fetching, intake, status
from isocentre.api.build import Api, addresses, make


def api() -> Api:
    """The API, made anew."""
    rooms = (intake, accessions, fetching, deid, copies, status)
    return make("Isocentre, hospital side", [room.router for room in rooms])


def urls() -> list[URLPattern]:
    """Its addresses, for config."""
    return addresses(api())
