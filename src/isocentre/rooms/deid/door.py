"""What others may ask of `deid`: accept a research study with its profile pinned, and fill the ports it works with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.checks import Checks
from isocentre.core.deid.engine import PixelCleaner
from isocentre.core.deid.faces.clean import FaceCleaner
from isocentre.core.deid.profile import BadProfile, Profile
from isocentre.core.ports import OptOuts, Painter, Recipient, Vault, Wall
from isocentre.profiles import released
from isocentre.rooms.deid.models import OnwardCopy, ProfileInForce, RefusedReport, SendNode
from isocentre.rooms.intake import door as intake

if TYPE_CHECKING:
    from isocentre.rooms.deid.agreed import Agreement
    from isocentre.rooms.deid.opt_out import State as OptOutState
    from isocentre.rooms.deid.opt_out import Taken as OptOutTaken


@dataclass
class Ports:
    """The vault, the way out, the opt-out service, what cleans pictures and heads, what shows them; see wiring."""

    vault: Vault | None = None
    wall: Wall | None = None
    opt_outs: OptOuts | None = None
    pixels: PixelCleaner | None = None
    faces: FaceCleaner | None = None
    painter: Painter | None = None
    recipients: Callable[[SendNode], Recipient] | None = None
    web_servers: Callable[[], Sequence[str]] = tuple


ports = Ports()
RULE = "R-"
"""How the names of rules begin, among the actions of a row."""


class NoKey(RuntimeError):
    """The vault made no key for the research study; the words say why and name nothing secret."""


class SecondPersonNeeded(Exception):
    """A change of profile waits for a second hospital person."""


def configure(
    *, vault: Vault, wall: Wall, opt_outs: OptOuts | None = None, pixels: PixelCleaner | None = None,
    faces: FaceCleaner | None = None, painter: Painter | None = None,
    recipients: Callable[[SendNode], Recipient] | None = None, web_servers: Callable[[], Sequence[str]] = tuple,
) -> None:  # fmt: skip
    """Fill the ports of this process. `recipients`: the way to a destination of copies, RecipientAway where there is
    none; `web_servers`: names of the DICOMweb servers in the configuration, PacsAway where it cannot be read."""
    ports.vault, ports.wall, ports.opt_outs, ports.pixels, ports.faces = vault, wall, opt_outs, pixels, faces
    ports.painter, ports.recipients, ports.web_servers = painter, recipients, web_servers


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


def pixels() -> PixelCleaner | None:
    """What cleans pictures; None where there is none, and then they are held."""
    return ports.pixels


def faces() -> FaceCleaner | None:
    """What takes faces out of heads; None where there is none, and then they are held."""
    return ports.faces


def painter() -> Painter | None:
    """What shows pictures; None where there is none."""
    return ports.painter


def recipient(node: SendNode) -> Recipient:
    """The way to a destination of copies; RuntimeError when the process was not wired."""
    if ports.recipients is None:
        raise RuntimeError("no way to other destinations: the process was started without config/wiring")
    return ports.recipients(node)


def web_servers() -> Sequence[str]:
    """Names of the DICOMweb servers in the configuration; PacsAway where it cannot be read."""
    return ports.web_servers()


def accept(*, by: Actor, slug: str, face_waiver: str = "") -> None:
    """A hospital person accepts a research study: profile pinned, study key made, AE title in force.

    A later change of profile, or of its version, raises SecondPersonNeeded unless another person accepted that very
    change before; it is kept waiting. BadProfile when the profile is not installed, or is a draft. Unfit when the
    waiver names a patient. NoKey, and nothing is accepted, when the vault makes no study key.
    """
    checks = Checks()
    checks.nobody("face_waiver", face_waiver)
    checks.done()
    proposed = intake.study(slug)
    if proposed is None:
        raise LookupError("no such research study has been proposed to this hospital")
    profile = released(str(proposed.proposal["profile"]))
    wanted = {"profile": profile.name, "version": profile.version, "sha256": profile.sha256}
    try:
        vault().create(slug)
    except ValueError as error:
        raise NoKey(str(error)) from None
    with transaction.atomic():
        pinned = ProfileInForce.objects.filter(research_study=slug).first()
        waiting = (pinned.waiting or {}) if pinned else {}
        first = by.same_person(waiting.get("by", by.name)) or waiting != {**wanted, "by": waiting["by"]}
        if pinned is not None and pinned.sha256 != profile.sha256 and first:
            pinned.waiting = {**wanted, "by": by.name}
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


def change_of_profile(study: intake.ResearchStudy, pinned: ProfileInForce | None) -> Profile | None:
    """The profile that accepting would put in force instead of the pinned one; None when it is the same, or none."""
    if pinned is None:
        return None
    try:
        profile = released(str(study.proposal.get("profile", "")))
    except BadProfile:
        return None
    return profile if profile.sha256 != pinned.sha256 else None


def settled(study: intake.ResearchStudy, pinned: ProfileInForce | None) -> bool:
    """Whether what is in force is what is proposed, in the newest version of its profile installed here."""
    return study.accepted == study.proposal and change_of_profile(study, pinned) is None


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


def set_sample(*, by: Actor, percent: float, reason: str) -> None:
    """How many of a hundred scans that are sent on people look at; see `sampling.set_percent`."""
    from isocentre.rooms.deid import sampling

    sampling.set_percent(by=by, wanted=percent, reason=reason)


def reports_refused() -> int:
    """How many reports the national side refused and that wait to be told again."""
    return RefusedReport.objects.count()


def in_force(slug: str) -> ProfileInForce | None:
    """The profile pinned for a research study."""
    return ProfileInForce.objects.filter(research_study=slug).first()


def decide_held(
    *, by: Actor, cause: str, act: str, keys: Sequence[int], reason: str, research_study: str = ""
) -> intake.Decided:  # fmt: skip
    """Decide about scans held for a cause, as its page does; Unfit where nothing of the kind can be decided of it."""
    from isocentre.rooms.deid.held_views import ACTS, MOST, acts_for

    checks = Checks()
    offered = acts_for(cause)
    checks.one_of("act", act, offered, f"For this cause, choose one of: {', '.join(offered)}")
    checks.that(len(keys) <= MOST, "scans", f"Decide about at most {MOST} scans at once")
    checks.done()
    more = {"research_study": research_study} if act == "put-into" else {}
    more |= {"cause": cause} if cause != "other_pixels" else {}
    return ACTS[act].command(by=by, keys=keys, reason=reason, **more)


def copies(*, by: Actor) -> QuerySet[OnwardCopy]:
    """Copies at other destinations in the actor's scope, with their destination and certificate."""
    from isocentre.rooms.deid.onward import asking_back

    return asking_back.visible(by).select_related("node", "certificate")


def agreements(by: Actor) -> list[Agreement]:
    """Research studies proposed to this hospital, in scope, by title: see `agreed`."""
    from isocentre.rooms.deid import agreed  # works through this door

    return agreed.agreements(by)
