"""Pages that show contribution agreements: all of them, and one with its versions and history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from isocentre.audit import door as audit
from isocentre.core.actor import ANY, Actor
from isocentre.core.agreements import CALDICOTT, SIRO
from isocentre.people.guard import needs
from isocentre.people.plainly import plainly
from isocentre.people.viewing import actor_of
from isocentre.rooms.register import agreeing, agreement_words, agreements
from isocentre.rooms.register.agreements import CONFIRM, ENTER, AgreementRecord
from isocentre.web import formats, names
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

STATES = (
    ("in_force", "In force"), ("ending", "In force, ends soon"), ("not", "Not in force"),
    ("waiting", "Waits for a second person"),
)  # fmt: skip
COLUMNS = (
    Column("title", "Research study", "title"), Column("research_study", "Short name", "research_study"),
    Column("trust", "Trust", "name"), Column("organisation", "ODS code", "organisation"), Column("state", "State"),
    Column("why", "Why not"), Column("until", "Last day"), Column("waiting", "To confirm"),
)  # fmt: skip
REQUIRED = "Without an agreement in force nothing is sent on from a trust, and what it contributed is not released."
NOT_REQUIRED = (
    "Agreements are not required here yet: nothing is stopped for want of one. An administrator switches it on."
)
EMPTY = "No trust takes part in a research study that your role covers. Sites are added on a research study's page."
TOPICS = (
    ("parties", "who is party to it, and what for"), ("signed", "who signed, and the impact assessment"),
    ("term", "its days, and what happens at the end"),
)  # fmt: skip


@require_safe
@needs(agreements.VIEW)
@plainly
def listed(request: HttpRequest) -> HttpResponseBase:
    """Each trust that takes part in a research study in scope, with how its agreement stands."""
    by = actor_of(request)
    filters = (Filter("q", "Research study or trust"), Filter("state", "State", STATES))
    chosen = chosen_filters(request, filters)
    required = agreements.required()
    may_set = by.may(agreements.REQUIRE) and by.scope.allows(ANY, ANY)
    listing = Listing(
        name="contribution-agreements",
        heading=lambda n: formats.plural(n, "contribution agreement"),
        columns=COLUMNS,
        rows=[one for one in agreements.listed(by=by) if _asked(one, chosen)],
        present=_rows,
        empty=EMPTY,
        sort="title",
        tie="key",
        key=lambda one: str(one.key),
        filters=filters,
        intro=REQUIRED if required else NOT_REQUIRED,
        extra={"add_url": reverse("agreements:require") if may_set else "",
               "add_text": "Stop requiring agreements" if required else "Require agreements"},
    )  # fmt: skip
    return respond(request, listing, "register/list.html")


def _asked(one: AgreementRecord, chosen: dict[str, str]) -> bool:
    state, wanted = agreement_words.state_of(one.standing), chosen["state"]
    if wanted == "waiting" and one.waiting is None:
        return False
    if wanted not in ("", "waiting", state) and not (wanted == "in_force" and one.standing.in_force):
        return False
    words = f"{one.title} {one.research_study} {one.name} {one.organisation}"
    return chosen["q"].casefold() in words.casefold()


def _rows(page: Sequence[AgreementRecord]) -> list[Row]:
    return [Row(one.key, _cells(one)) for one in page]


def _cells(one: AgreementRecord) -> tuple[Cell, ...]:
    state = agreement_words.state_of(one.standing)
    words, colour = agreement_words.STANDINGS[state]
    return (
        Cell(one.title, url=_page(one)),
        Cell(one.research_study),
        Cell(one.name),
        Cell(one.organisation),
        Cell(words, state, tag=colour),
        Cell(agreement_words.sentence(one.standing.why_not), one.standing.why_not),
        Cell(formats.date(one.standing.until), one.standing.until or ""),
        Cell(f"Version {one.waiting.number}" if one.waiting else "", one.waiting.number if one.waiting else ""),
    )


def _page(one: AgreementRecord, name: str = "agreement", *more: Any) -> str:
    return reverse(f"agreements:{name}", args=[one.research_study, one.organisation, *more])


@require_safe
@needs(agreements.VIEW)
@plainly
def agreement(request: HttpRequest, slug: str, ods: str) -> HttpResponse:
    """One agreement: how it stands, what must happen next, what it says, its versions, what was done about it."""
    by = actor_of(request)
    one = agreements.agreement(by=by, slug=slug, organisation=ods)
    shown = one.deciding or one.waiting
    words, colour = agreement_words.STANDINGS[agreement_words.state_of(one.standing)]
    called = agreement_words.people_of(one.versions)
    enters, confirms = agreements.may(by, ENTER, one), agreements.may(by, CONFIRM, one)
    context = {
        "title": one.name,
        "caption": f"Contribution agreement, {one.title}",
        "tag": {"text": words, "colour": colour},
        "next": _next(by, one),
        "why_not": agreement_words.sentence(one.standing.why_not),
        "required": agreements.required(),
        "rows": [("ODS code of the trust", one.organisation), ("Sites that take part", _sites(one)),
                 *(agreement_words.rows(shown.terms) if shown else [])],
        "study": (one.title, reverse("register:research_study", args=[slug]) if by.may("register_view") else ""),
        "waiting": one.waiting,
        "changes": _changes(one),
        "edits": [{"text": text, "href": _page(one, "edit", topic)} for topic, text in TOPICS] if enters else [],
        "discard_url": _page(one, "discard") if one.waiting and (enters or confirms) else "",
        "end_url": _page(one, "end") if (enters or confirms) and agreeing.may_end(one) else "",
        "reopen_url": _page(one, "reopen") if (enters or confirms) and agreeing.may_reopen(one) else "",
        "restore_url": _restore(one) if enters else "",
        "versions": [agreement_words.version_line(each, called) for each in one.versions],
        "history": audit.past(by=by, about=[("agreement", one.key)]),
    }  # fmt: skip
    return render(request, "register/agreement.html", context)


def _sites(one: AgreementRecord) -> str:
    return ", ".join(names.sites(one.sites).values())


def _changes(one: AgreementRecord) -> list[dict[str, str]]:
    """What the version that waits says otherwise than the one that decides."""
    if one.waiting is None or one.deciding is None:
        return []
    return agreement_words.differences(one.waiting.terms, one.deciding.terms)


def _restore(one: AgreementRecord) -> str:
    newest = one.versions[0] if one.versions else None
    return _page(one, "restore", newest.number) if newest is not None and newest.state == "discarded" else ""


def _next(by: Actor, one: AgreementRecord) -> dict[str, str] | None:
    """What must happen next, and who must act; None while it is in force and nothing waits."""
    waiting, enters = one.waiting, agreements.may(by, ENTER, one)
    if waiting is not None:
        own = waiting.entered_by == by.person
        if own or not agreements.may(by, CONFIRM, one):
            words = f"Version {waiting.number} waits for a second person, who reads it and confirms it."
            return {"text": words, "who": "somebody else of the study team, or of the imaging core"}
        words = f"Read version {waiting.number}, compare it with what was signed, and confirm it."
        return {"text": words, "who": "you", "link_text": f"Read and confirm version {waiting.number}",
                "href": _page(one, "confirm", waiting.number, waiting.edits)}  # fmt: skip
    state = agreement_words.state_of(one.standing)
    decides = one.deciding
    coming = decides is not None and decides.terms.starts is not None and decides.terms.starts > timezone.localdate()
    if state == "in_force" or coming:
        return None
    why_not = agreement_words.sentence(one.standing.why_not)
    words = f"{why_not} Enter what was agreed and signed. A second person then confirms it."
    if state == "ending":
        words = f"It ends on {formats.date(one.standing.until)}. Enter the version that follows it, once it is signed."
    unsigned = one.standing.why_not in (CALDICOTT, SIRO)
    topic = "signed" if unsigned else "term" if decides else "parties"
    link = (
        {"href": _page(one, "edit", topic), "link_text": "Enter the next version" if one.versions else "Enter it"}
        if enters
        else {}
    )
    return {"text": words, "who": "you" if enters else "the study team", **link}
