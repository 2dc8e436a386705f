"""How research studies stand at this hospital: what is proposed, what is in force, and under which profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from isocentre.core.actor import Actor
from isocentre.rooms.deid import door
from isocentre.rooms.deid.models import ProfileInForce
from isocentre.rooms.intake import door as intake


@dataclass(frozen=True, slots=True)
class Agreement:
    """One research study; `accepted` is what is in force, None until a person has accepted it. `profile`: pinned.

    `agreements`: contribution agreements of the sites here, as told.
    """

    slug: str
    title: str
    state: str
    profile: str
    accepted_by: str
    accepted_at: datetime | None
    face_waiver: str
    accepted: Mapping[str, Any] | None
    proposed: Mapping[str, Any]
    agreements: Sequence[intake.contribution.Agreement]


def state_of(study: intake.ResearchStudy, pinned: ProfileInForce | None) -> str:
    """`to_accept`, `waiting` for a second person, `in_force`, or `changed` since."""
    if study.accepted is None:
        return "to_accept"
    if pinned is not None and pinned.waiting:
        return "waiting"
    return "in_force" if door.settled(study, pinned) else "changed"


def agreements(by: Actor) -> list[Agreement]:
    """Research studies proposed to this hospital, in the actor's scope, by title."""
    pinned = {one.research_study: one for one in ProfileInForce.objects.all()}
    return [_agreement(one, pinned.get(one.slug)) for one in intake.research_studies(by).order_by("title", "slug")]


def _agreement(one: intake.ResearchStudy, pinned: ProfileInForce | None) -> Agreement:
    profile = f"{pinned.name} v{pinned.version}" if pinned else ""
    return Agreement(
        one.slug, one.title, state_of(one, pinned), profile, one.accepted_by, one.accepted_at, one.face_waiver,
        one.accepted, one.proposal, intake.contribution.of(one.slug),
    )  # fmt: skip
