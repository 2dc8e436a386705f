"""Pages of research studies on the hospital side: what is proposed, what is in force, and the acceptance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from isocentre.audit import door as audit
from isocentre.core.checks import Unfit
from isocentre.core.deid.profile import BadProfile
from isocentre.people.guard import needs
from isocentre.rooms.deid import charters, door
from isocentre.rooms.deid.agreed import state_of
from isocentre.rooms.deid.models import ProfileInForce
from isocentre.rooms.deid.onward import words as onward
from isocentre.rooms.deid.presenters import changes, contribution, facts, profile_change
from isocentre.rooms.intake import door as intake
from isocentre.web import formats, names
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

MAY_VIEW = ("study_config_accept", "arrivals_view", "profiles_view")
STATES = {
    "to_accept": ("To accept", "yellow"), "changed": ("Change to accept", "orange"),
    "waiting": ("Waits for a second person", "orange"), "in_force": ("In force", "green"),
}  # fmt: skip
STOPPED = ("In force, nothing is sent on", "red")
ASK = {
    "text": "Ask the study team: it enters the contribution agreement that your Caldicott Guardian and SIRO signed.",
    "who": "the study team, on the national side",
}
MOST_REASON = 300


@needs(*MAY_VIEW)
def research_studies(request: HttpRequest) -> HttpResponseBase:
    """Research studies proposed to this hospital."""
    by = intake.actor_of(request)
    offered = (("to_accept", "To accept"), ("in_force", "In force"))
    filters = (Filter("q", "Title or short name"), Filter("state", "State", offered))
    chosen = chosen_filters(request, filters)
    pinned = {p.research_study: p for p in ProfileInForce.objects.all()}
    rows = [
        {"slug": s.slug, "title": s.title, "state": state_of(s, pinned.get(s.slug)), "accepted_by": s.accepted_by,
         "at": s.accepted_at, "profile": _profile(pinned.get(s.slug))}
        for s in intake.research_studies(by)
    ]  # fmt: skip
    words = chosen["q"].casefold()
    rows = [r for r in rows if words in f"{r['slug']} {r['title']}".casefold()]
    if chosen["state"]:
        rows = [r for r in rows if (r["state"] == "in_force") == (chosen["state"] == "in_force")]

    def present(page: Sequence[dict[str, Any]]) -> list[Row]:
        called = names.people({r["accepted_by"] for r in page})
        return [
            Row(r["slug"], (
                Cell(r["title"], url=reverse("research_studies:one", args=[r["slug"]])), Cell(r["slug"]),
                Cell(r["profile"]), Cell(called[r["accepted_by"]], r["accepted_by"]),
                Cell(formats.date(r["at"]), r["at"] or ""),
                Cell(STATES[r["state"]][0], r["state"], tag=STATES[r["state"]][1]),
            ))
            for r in page
        ]  # fmt: skip

    listing = Listing(
        name="research-studies",
        heading=lambda n: formats.plural(n, "research study", "research studies"),
        columns=(Column("title", "Title", "title"), Column("slug", "Short name", "slug"),
                 Column("profile", "Profile in force"), Column("accepted_by", "Accepted by", "accepted_by"),
                 Column("at", "Accepted", "at"), Column("state", "State", "state")),
        rows=rows,
        present=present,
        empty="The national side has proposed no research study to this hospital yet. Proposals come by themselves.",
        sort="title",
        key=lambda r: str(r["slug"]),
        filters=filters,
    )  # fmt: skip
    return respond(request, listing)


def _profile(pinned: ProfileInForce | None) -> str:
    return f"{pinned.name} v{pinned.version}" if pinned else ""


@needs(*MAY_VIEW)
def research_study(request: HttpRequest, slug: str) -> HttpResponse:
    """One research study: what is in force, what is proposed instead, and the acceptance."""
    by = intake.actor_of(request)
    study = intake.research_studies(by).filter(slug=slug).first()
    if study is None:
        raise Http404
    pinned = door.in_force(slug)
    state = state_of(study, pinned)
    waiting = (pinned.waiting or {}) if pinned else {}
    may = by.may("study_config_accept")
    second = bool(waiting) and by.same_person(waiting["by"])
    agreed = contribution(slug)
    stopped = state == "in_force" and any(one["wrong"] for one in agreed)
    words, colour = STOPPED if stopped else STATES[state]
    shown = {
        "title": study.title,
        "caption": slug,
        "tag": {"text": words, "colour": colour},
        "next": ASK if stopped else _next(state, waiting, may, second, study),
        "rows": facts(study, pinned) if study.accepted else [],
        "proposed": facts(study, None, proposal=True) if not study.accepted else [],
        "agreements": agreed,
        "changes": changes(intake.diff(study)) if study.accepted else [],
        "charter": charters.asked(study.proposal),
        "charter_is": "proposed" if (study.accepted or {}).get("charter") != study.proposal.get("charter") else "",
        "profile": profile_change(study, pinned),
        "may_accept": may and state != "in_force" and not second,
        "waiver": study.face_waiver or study.proposal.get("face_waiver", {}).get("reason", ""),
        "onward": onward.of_study(by, slug) if study.accepted else "",
        "history": audit.past(by=by, about=[("research_study", slug)], routine=True),
    }
    return render(request, "deid/research_study.html", shown)


def _next(
    state: str, waiting: dict[str, Any], may: bool, second: bool, study: intake.ResearchStudy
) -> dict[str, str] | None:
    if state == "in_force":
        return None
    if second:
        words = "You asked for the change of profile. The profile decides what leaves the hospital, so another person"
        return {"text": f"{words} must look at it and accept it too.", "who": "a colleague who may accept proposals"}
    if waiting:
        who = names.person(waiting.get("by", ""))
        asked = f"{who} accepted profile {waiting.get('profile')} v{waiting.get('version')}."
        return {
            "text": f"{asked} It takes effect when a second person accepts it.",
            "who": "you" if may else "a colleague",
        }
    who = "you" if may else "the research imaging lead or the data protection officer"
    words = "Look at what the national side proposes, and accept it. Until then nothing changes."
    if study.accepted == study.proposal:
        words = "A newer version of the profile is installed. Look at what it changes. Until two people accept it, the "
        words += "version in force stays."
    return {"text": words, "who": who}


@needs("study_config_accept")
@require_POST
def accept(request: HttpRequest, slug: str) -> HttpResponse:
    """Accept the proposal, with the face waiver as this hospital words it."""
    by = intake.actor_of(request)
    if not intake.research_studies(by).filter(slug=slug).exists():
        raise Http404
    waiver = " ".join(request.POST.get("face_waiver", "").split())[:MOST_REASON]
    try:
        door.accept(by=by, slug=slug, face_waiver=waiver)
    except door.SecondPersonNeeded:
        words = (
            "Your acceptance is kept. A change of profile decides what leaves the hospital, so it takes effect when a"
        )
        messages.warning(request, f"{words} second person accepts it too. Ask a colleague who may accept proposals.")
    except Unfit as unfit:
        messages.error(request, f"{' '.join(unfit.errors.values())}. Nothing was accepted.")
    except door.NoKey as none:
        messages.error(
            request, f"No key could be made for it, so nothing was accepted. Tell the administrator: {none}."
        )
    except BadProfile:
        words = (
            "The profile it asks for is not installed here, so nothing was accepted. Ask the administrator to update."
        )
        messages.error(request, words)
    else:
        messages.success(request, "Accepted. It is in force from now on.")
    return redirect("research_studies:one", slug=slug)
