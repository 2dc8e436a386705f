"""Pages of de-identification profiles: those installed here, and what one does to attributes and kinds of object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from isocentre.core.deid.attributes import GROUPS
from isocentre.core.deid.difference import ABOUT, DATES, DISPOSITIONS, Change, difference, kind_name
from isocentre.core.deid.explain import REMOVED, Told, everything, passing, sample_words
from isocentre.core.deid.profile import NAMES, SCANNER, BadProfile, Profile
from isocentre.core.dicom import dictionary
from isocentre.people.guard import needs
from isocentre.profiles import drafts, everyone, is_draft, load, versions
from isocentre.rooms.deid.models import ProfileInForce
from isocentre.web import formats, names
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

MAY_VIEW = ("profiles_view", "study_config_accept")
ACTIONS = {
    **DISPOSITIONS, SCANNER: "Replace by the network's id of the scanner",
    "K": "Keep", "X": "Remove", "Z": "Empty", "D": "Replace by a made-up value", "U": "Replace the UID",
}  # fmt: skip
COLOURS = {
    "pass": "green", "clean_pixels": "blue", "clean_faces": "blue", "clean_pixels clean_faces": "blue",
    "hold": "orange", "leave_out": "grey",
}  # fmt: skip
SAMPLED = "CT, MR and PET as they were acquired"
FATES = (("stays", "Anything of it stays"), ("goes", "Removed in every kind of object"))
ATTRIBUTES = (
    Column("name", "Attribute", "name"), Column("tag", "Tag", "tag"), Column("group", "Group", "order"),
    Column("action", "What is done", "action"), Column("why", "Why"), Column("standard", "What the standard says"),
)  # fmt: skip


def one_of(name: str, version: int) -> Profile:
    """The profile an address names; Http404 when it is not installed."""
    try:
        return load(name, version)
    except BadProfile:
        raise Http404 from None


def tabs(profile: Profile, current: str) -> list[dict[str, Any]]:
    """The pages of one profile."""
    pages = (("profile", "Attributes"), ("objects", "Kinds of object and options"), ("try", "Try it on a scan"))
    args = [profile.name, profile.version]
    return [
        {"text": text, "href": reverse(f"deid:{page}", args=args), "current": page == current} for page, text in pages
    ]


@require_safe
@needs(*MAY_VIEW)
def profiles(request: HttpRequest) -> HttpResponseBase:
    """Profiles installed on this side, each in its versions; never downloaded."""
    pinned = list(ProfileInForce.objects.all())

    titles = names.research_studies({p.research_study for p in pinned})

    def present(page: Sequence[Profile]) -> list[Row]:
        return [Row(f"{p.name}@{p.version}", _cells(p, pinned, titles)) for p in page]

    listing = Listing(
        name="profiles",
        heading=lambda n: formats.plural(n, "profile version"),
        columns=(Column("name", "Name", "name"), Column("version", "Version", "version", True),
                 Column("state", "State"), Column("title", "What it is for", "title"),
                 Column("dates", "Dates", "dates"), Column("used", "In force for"), Column("sha256", "SHA-256")),
        rows=everyone(),
        present=present,
        empty="No profile is installed, so nothing can be sent on. Ask the administrator.",
        sort="name",
        key=lambda p: f"{p.name}@{p.version:06}",
        intro="A profile says what is removed, replaced and kept. A released version never changes: it is accepted by "
        "content. A draft may still change, so no hospital can put it in force.",
    )  # fmt: skip
    return respond(request, listing)


def _cells(profile: Profile, pinned: list[ProfileInForce], titles: dict[str, str]) -> tuple[Cell, ...]:
    used = sorted(p.research_study for p in pinned if p.sha256 == profile.sha256)
    draft = is_draft(profile)
    return (
        Cell(profile.name, url=reverse("deid:profile", args=[profile.name, profile.version])),
        Cell(str(profile.version), profile.version),
        Cell("Draft" if draft else "Released", tag="grey" if draft else "green"),
        Cell(profile.title),
        Cell(DATES[profile.dates]),
        Cell("; ".join(titles[slug] for slug in used) or "None", " ".join(used) or "None"),
        Cell(f"{profile.sha256[:12]}…", profile.sha256, mono=True),
    )


@require_safe
@needs(*MAY_VIEW)
def newest(request: HttpRequest, name: str) -> HttpResponseBase:
    """To the newest released version of a profile, or its newest draft."""
    if not versions(name):
        raise Http404
    here = [v for v in versions(name) if v not in drafts(name)] or versions(name)
    return redirect("deid:profile", name, max(here))


@require_safe
@needs(*MAY_VIEW)
def profile(request: HttpRequest, name: str, version: int) -> HttpResponseBase:
    """What a profile does, attribute by attribute, and why."""
    one = one_of(name, version)
    classes = passing(one)
    filters = (
        Filter("q", "Name, tag or keyword"),
        Filter("group", "Group", tuple(GROUPS.items())),
        Filter("action", "What is done", FATES),
        Filter("object", "Kind of object", tuple((uid, dictionary.uid_name(uid)) for uid in classes), "All let pass"),
    )
    chosen = chosen_filters(request, filters)
    told = everything(one, (chosen["object"],) if chosen["object"] else classes)
    rows = [_row(t) for t in told if _wanted(t, chosen)]

    def present(page: Sequence[dict[str, Any]]) -> list[Row]:
        return [
            Row(r["tag"], (Cell(r["name"]), Cell(r["tag"]), Cell(r["group"]), Cell(r["action"]),
                           Cell(r["why"]), Cell(r["standard"])))
            for r in page
        ]  # fmt: skip

    where = dictionary.uid_name(chosen["object"]) if chosen["object"] else "the kinds of object it lets pass"
    listing = Listing(
        name=f"profile-{name}-v{version}",
        heading=lambda n: f"{one.name} v{one.version}: {one.title}",
        columns=ATTRIBUTES,
        rows=rows,
        present=present,
        empty="Nothing is known of any attribute.",
        sort="order",
        key=lambda r: str(r["tag"]),
        filters=filters,
        intro=f"{formats.plural(len(rows), 'attribute')}, or groups of them, as this profile treats them in {where}. "
        "Inside sequences the same holds unless the type there demands more.",
        size=100,
        extra={"tabs": tabs(one, "profile"), "draft": is_draft(one)},
    )
    return respond(request, listing, "deid/profile.html")


def _row(told: Told) -> dict[str, Any]:
    one = told.attribute
    order = list(GROUPS).index(one.group)
    return {"name": one.name, "tag": one.code, "group": GROUPS[one.group], "order": order, "action": told.words,
            "why": told.why, "standard": told.standard}  # fmt: skip


def _wanted(told: Told, chosen: dict[str, str]) -> bool:
    one = told.attribute
    goes = set(told.top) == {REMOVED}
    words = chosen["q"].casefold()
    digits = words.strip("()").replace(",", "").replace(" ", "")
    said = f"{one.name} {one.code} {dictionary.keyword(one.tag)} {one.tag:08x}".casefold()
    return (
        (not words or words in said or (len(digits) >= 4 and digits in said))
        and chosen["group"] in ("", one.group)
        and (not chosen["action"] or goes == (chosen["action"] == "goes"))
    )


@require_safe
@needs(*MAY_VIEW)
def objects(request: HttpRequest, name: str, version: int) -> HttpResponseBase:
    """Kinds of object, options, and attributes a profile treats otherwise than the standard, each with its reason."""
    one = one_of(name, version)
    kinds = (("object", "Kind of object"), ("sample", "Sample of pictures"), ("option", "Option"),
             ("attribute", "Attribute"))  # fmt: skip
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
        name=f"profile-{name}-v{version}-rules",
        heading=lambda n: f"{one.name} v{one.version}: {one.title}",
        columns=(Column("kind", "About", "kind"), Column("name", "Name", "name"), Column("code", "Code", "code"),
                 Column("does", "What is done", "does"), Column("why", "Why")),
        rows=rows,
        present=present,
        empty="The profile has no rule of its own: the standard's basic profile applies throughout.",
        sort="kind",
        key=lambda r: str(r["code"]),
        filters=filters,
        intro=f"Dates: {DATES[one.dates].lower()}. A kind of object that is not named here is held.",
        size=200,
        extra={"tabs": tabs(one, "objects"), "draft": is_draft(one)},
    )  # fmt: skip
    return respond(request, listing, "deid/profile.html")


def _rules(one: Profile) -> list[dict[str, str]]:
    rows = [
        {"kind": "object", "name": kind_name(uid, word), "code": uid, "does": rule.disposition, "why": rule.why}
        for uid, word, rule in one.kinds()
    ]
    if one.sample:
        rows.append({"kind": "sample", "name": SAMPLED, "code": f"1 in {one.sample}", "does": "Carried out",
                     "why": sample_words(one)})  # fmt: skip
    rows += [
        {"kind": "option", "name": NAMES[code], "code": str(code), "does": "Carried out", "why": why}
        for code, why in one.justifications.items()
    ]
    rows += [
        {"kind": "attribute", "name": dictionary.keyword(tag), "code": f"({tag >> 16:04X},{tag & 0xFFFF:04X})",
         "does": action, "why": why}
        for tag, action, why in one.own_actions()
    ]  # fmt: skip
    return rows


@require_safe
@needs(*MAY_VIEW)
def changed(request: HttpRequest, name: str, version: int, old: str, was: int) -> HttpResponseBase:
    """What changes from one profile to another, each difference with its reason."""
    before, after = one_of(old, was), one_of(name, version)
    filters = (Filter("about", "About", tuple(ABOUT.items())), Filter("q", "Name or code"))
    chosen = chosen_filters(request, filters)
    words = chosen["q"].casefold()
    rows = [
        {"about": list(ABOUT).index(c.about), "name": c.name, "one": c}
        for c in difference(before, after)
        if chosen["about"] in ("", c.about) and words in f"{c.name} {c.code}".casefold()
    ]

    def present(page: Sequence[dict[str, Any]]) -> list[Row]:
        return [_change(r["one"]) for r in page]

    titles = [f"{p.name} v{p.version}" for p in (before, after)]
    listing = Listing(
        name=f"from-{old}-v{was}-to-{name}-v{version}",
        heading=lambda n: f"{formats.plural(n, 'difference')} from {titles[0]} to {titles[1]}",
        columns=(Column("about", "About", "about"), Column("name", "Name", "name"), Column("code", "Code"),
                 Column("old", titles[0]), Column("new", titles[1]), Column("why", "Why")),
        rows=rows,
        present=present,
        empty="Both do the same.",
        sort="about",
        key=lambda r: f"{r['one'].about}-{r['one'].code}",
        filters=filters,
        size=200,
    )  # fmt: skip
    return respond(request, listing)


def _change(one: Change) -> Row:
    cells = (Cell(ABOUT[one.about]), Cell(one.name), Cell(one.code), Cell(one.old), Cell(one.new))
    return Row(f"{one.about}-{one.code}", (*cells, Cell(one.why)))
