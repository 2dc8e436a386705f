"""What others may ask of `deid`: accept a research study with its profile pinned, and fill the ports it works with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.ports import OptOuts, Vault, Wall
from isocentre.profiles import load
from isocentre.rooms.deid.models import ProfileInForce
from isocentre.rooms.intake import door as intake

if TYPE_CHECKING:
    from isocentre.rooms.deid.opt_out import State as OptOutState
    from isocentre.rooms.deid.opt_out import Taken as OptOutTaken


@dataclass
class Ports:
    """The vault, the way out and the opt-out service, filled by `config/wiring.py`."""

    vault: Vault | None = None
    wall: Wall | None = None
    opt_outs: OptOuts | None = None


ports = Ports()


class SecondPersonNeeded(Exception):
    """A change of profile waits for a second hospital person."""


def configure(*, vault: Vault, wall: Wall, opt_outs: OptOuts | None = None) -> None:
    """Fill the ports of this process."""
    ports.vault, ports.wall, ports.opt_outs = vault, wall, opt_outs


def vault() -> Vault:
    """The vault; RuntimeError when the process was not wired."""
    if ports.vault is None:
        raise RuntimeError("no vault: the process was started without config/wiring")
    return ports.vault


def wall() -> Wall:
    """The way out; RuntimeError when the process was not wired."""
    if ports.wall is None:
        raise RuntimeError("no way out: the process was started without config/wiring")
    return ports.wall


def opt_outs() -> OptOuts:
    """The opt-out service; RuntimeError when the process was not wired."""
    if ports.opt_outs is None:
        raise RuntimeError("no opt-out service: the process was started without config/wiring")
    return ports.opt_outs


def accept(*, by: Actor, slug: str, face_waiver: str = "") -> None:
    """A hospital person accepts a research study: profile pinned, study key made, AE title in force.

    A later change of profile by the same person raises SecondPersonNeeded and is kept waiting for another.
    """
    proposed = intake.study(slug)
    if proposed is None:
        raise LookupError("no such research study has been proposed to this hospital")
    profile = load(str(proposed.proposal["profile"]))
    vault().create(slug)
    with transaction.atomic():
        pinned = ProfileInForce.objects.filter(research_study=slug).first()
        change = pinned is not None and (pinned.name, pinned.version) != (profile.name, profile.version)
        waiting = (pinned.waiting or {}) if pinned else {}
        if pinned is not None and change and waiting.get("by", by.name) == by.name:
            pinned.waiting = {"by": by.name, "profile": profile.name, "version": profile.version}
            pinned.save(update_fields=["waiting"])
            audit.record(by=by, entries=[audit.Entry("profile_change_asked", "research_study", slug)])
        else:
            ProfileInForce.objects.update_or_create(
                research_study=slug,
                defaults={"name": profile.name, "version": profile.version, "sha256": profile.sha256,
                          "accepted_by": by.name, "waiting": None},
            )  # fmt: skip
            intake.accept(by=by, slug=slug, face_waiver=face_waiver)
            return
    raise SecondPersonNeeded("a change of profile needs a second hospital person: ask a colleague to accept it too")


def fetch_proposals() -> int:
    """Ask the national side for its newest proposals now; returns how many changed. OSError when it is away."""
    from isocentre.rooms.deid import messages  # messages itself works through this door

    return messages.fetch_config("door")


def ask_opt_out(*, by: Actor) -> bytes:
    """The list of people to check against the national data opt-out; see `opt_out.ask`."""
    from isocentre.rooms.deid import opt_out  # works through this door, as messages does

    return opt_out.ask(by=by)


def take_opt_out(
    *, by: Actor, allowed: str, answered_on: date | None, asked: str = "", everybody: bool = False
) -> OptOutTaken:  # fmt: skip
    """Take in the answer of the national data opt-out service; see `opt_out.take`."""
    from isocentre.rooms.deid import opt_out

    return opt_out.take(by=by, allowed=allowed, answered_on=answered_on, asked=asked, everybody=everybody)


def opt_out_state() -> OptOutState:
    """Where the national data opt-out stands; see `opt_out.state`."""
    from isocentre.rooms.deid import opt_out

    return opt_out.state()


def in_force(slug: str) -> ProfileInForce | None:
    """The profile pinned for a research study."""
    return ProfileInForce.objects.filter(research_study=slug).first()
