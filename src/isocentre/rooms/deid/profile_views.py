"""Pages of de-identification profiles: those installed here, where each is in force, and what one does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse

from isocentre.core.deid.profile import OPTIONS, Profile
from isocentre.core.dicom import dictionary
from isocentre.people.guard import needs
from isocentre.profiles import load, names
from isocentre.rooms.deid.models import ProfileInForce
from isocentre.web import formats
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

MAY_VIEW = ("profiles_view", "study_config_accept")
DATES = {"full": "Kept", "shifted": "Shifted by whole weeks", "removed": "Removed"}
ACTIONS = {
    "K": "Keep", "X": "Remove", "Z": "Empty", "D": "Replace by a made-up value", "U": "Replace the UID",
    "pass": "Let pass", "hold": "Hold", "leave_out": "Leave out",
}  # fmt: skip
COLOURS = {"pass": "green", "hold": "orange", "leave_out": "grey"}


@needs(*MAY_VIEW)
def profiles(request: HttpRequest) -> HttpResponseBase:
    """Profiles installed on this side; never downloaded."""
    pinned = list(ProfileInForce.objects.all())

    def present(page: Sequence[Profile]) -> list[Row]:
        return [Row(p.name, _cells(p, pinned)) for p in page]

    listing = Listing(
        name="profiles",
        heading=lambda n: formats.plural(n, "profile"),
        columns=(Column("name", "Name", "name"), Column("version", "Version", "version", True),
                 Column("title", "What it is for", "title"), Column("dates", "Dates", "dates"),
                 Column("used", "In force for"), Column("sha256", "SHA-256")),
        rows=[load(name) for name in names()],
        present=present,
        empty="No profile is installed, so nothing can be sent on. Ask the administrator.",
        sort="name",
        key=lambda p: str(p.name),
        intro="A profile says what is removed, replaced and kept. A version never changes: it is accepted by content.",
    )  # fmt: skip
    return respond(request, listing)


def _cells(profile: Profile, pinned: list[ProfileInForce]) -> tuple[Cell, ...]:
    used = [p.research_study for p in pinned if p.sha256 == profile.sha256]
    return (
        Cell(profile.name, url=reverse("deid:profile", args=[profile.name])),
        Cell(str(profile.version), profile.version),
        Cell(profile.title),
        Cell(DATES[profile.dates]),
        Cell(", ".join(sorted(used)) or "None"),
        Cell(f"{profile.sha256[:12]}…", profile.sha256, mono=True),
    )


@needs(*MAY_VIEW)
def profile(request: HttpRequest, name: str) -> HttpResponseBase:
    """What one profile does: kinds of object, options, attributes treated otherwise than the basic profile does."""
    if name not in names():
        raise Http404
    one = load(name)
    kinds = (("object", "Kind of object"), ("option", "Option"), ("attribute", "Attribute"))
    filters = (Filter("kind", "About", kinds),)
    chosen = chosen_filters(request, filters)["kind"]
    rows = [row for row in _rules(one) if chosen in ("", row["kind"])]
    labels = dict(kinds)

    def present(page: Sequence[dict[str, Any]]) -> list[Row]:
        return [
            Row(r["code"], (
                Cell(labels[r["kind"]]), Cell(r["name"]), Cell(r["code"], mono=True),
                Cell(ACTIONS.get(r["does"], r["does"]), r["does"], tag=COLOURS.get(r["does"], "")), Cell(r["why"]),
            ))
            for r in page
        ]  # fmt: skip

    listing = Listing(
        name=f"profile-{name}",
        heading=lambda n: f"{one.name} v{one.version}: {one.title}",
        columns=(Column("kind", "About", "kind"), Column("name", "Name", "name"), Column("code", "Code", "code"),
                 Column("does", "What is done", "does"), Column("why", "Why")),
        rows=rows,
        present=present,
        empty="The profile has no rule of its own: the standard's basic profile applies throughout.",
        sort="kind",
        key=lambda r: str(r["code"]),
        filters=filters,
        intro=f"Dates: {DATES[one.dates].lower()}. Everything not named here is treated as DICOM PS3.15 Table E.1-1 "
        "says for the basic profile and these options; what the profile does not know is held.",
        size=200,
    )  # fmt: skip
    return respond(request, listing)


def _rules(one: Profile) -> list[dict[str, str]]:
    rows = [
        {"kind": "object", "name": dictionary.uid_name(uid), "code": uid, "does": rule.disposition, "why": rule.why}
        for uid, rule in one.sop_classes.items()
    ]
    rows += [
        {"kind": "option", "name": OPTIONS[code], "code": str(code), "does": "Carried out", "why": why}
        for code, why in one.justifications.items()
    ]
    rows += [
        {"kind": "attribute", "name": dictionary.keyword(tag) or "Unknown",
         "code": f"({tag >> 16:04X},{tag & 0xFFFF:04X})",
         "does": action, "why": why}
        for tag, (action, why) in one.actions.items()
    ]  # fmt: skip
    return rows
