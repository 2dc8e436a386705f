"""Reads from the database what the documents about this gateway say. Senders and PACS; no patient, no scan."""

from __future__ import annotations

from isocentre.core.deid.profile import BadProfile, Profile
from isocentre.core.trust import conformance, connections, manager
from isocentre.core.trust.document import Document
from isocentre.core.trust.facts import Hospital, PacsFacts, Sender
from isocentre.profiles import load
from isocentre.rooms.intake import refusals, times
from isocentre.rooms.intake.models import Peer, ResearchStudy
from isocentre.rooms.intake.pull.rows import PacsNode
from isocentre.rooms.intake.trust.ports import ports

CANNOT = "C000"
OWN = frozenset({"no_room", "too_long", "failed", "not_dicom", "empty", "broken_off", "too_many", "announced_no_uid",
                 "announced_bad_uid", "other_class", "no_data"})  # fmt: skip
"""Causes that the receive loop tells with a status of its own, or that no sender is answered with."""


def hospital() -> Hospital:
    """The hospital side as it runs."""
    accepted = ResearchStudy.objects.exclude(accepted=None).order_by("slug")
    in_force = times.times()
    return Hospital(
        ports().surroundings(), ports().spoken(),
        tuple(Sender(one.name, one.calling_ae, one.address, one.max_associations, one.idle_seconds)
              for one in Peer.objects.filter(admitted=True).order_by("name", "pk")),
        tuple(map(_pacs, PacsNode.objects.order_by("name"))),
        tuple((one.ae_title, one.slug) for one in accepted if one.ae_title),
        tuple((one.slug, profile) for one in accepted if (profile := _profile(one)) is not None),
        reasons(),
        in_force.erase_days, in_force.held_days, ports().destinations(),
    )  # fmt: skip


def reasons() -> tuple[tuple[str, str], ...]:
    """Why an object is refused once it is whole, as status and reason."""
    return tuple((CANNOT, words) for cause, (words, _) in refusals.CAUSES.items() if cause not in OWN)


def statement() -> Document:
    """The conformance statement."""
    return conformance.hospital(hospital())


def firewall() -> tuple[connections.Connection, ...]:
    """Every connection that is configured."""
    return connections.hospital(hospital())


def for_manager() -> Document:
    """The page for the PACS manager."""
    told = hospital()
    return manager.page(told, connections.hospital(told), ports().administrators())


def _pacs(one: PacsNode) -> PacsFacts:
    hours = "all day" if one.from_hour == one.to_hour else f"{one.from_hour:02}:00 to {one.to_hour:02}:00"
    return PacsFacts(
        one.name, one.way, one.host, one.port, one.ae_title, one.calling_ae, one.destination, one.web, hours,
        one.at_once, one.images_a_minute, one.paused,
    )  # fmt: skip


def _profile(study: ResearchStudy) -> Profile | None:
    """The profile in force; None where it is not installed (any more), and nothing is sent on."""
    pinned = ports().in_force(study.slug)
    try:
        return load(*pinned) if pinned else None
    except BadProfile:
        return None
