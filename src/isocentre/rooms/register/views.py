"""Pages of the register that show: the list of research studies, and what was agreed about one."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.register import STATUSES
from isocentre.people.guard import needs
from isocentre.people.plainly import plainly
from isocentre.people.viewing import actor_of
from isocentre.rooms.register import agreement_words, agreements, door, presenters
from isocentre.rooms.register.parts import columns_of
from isocentre.web import formats
from isocentre.web.formats import plural
from isocentre.web.listing import Cell, Filter, Listing, Row, chosen_filters, respond


@needs("register_view")
def research_studies(request: HttpRequest) -> HttpResponseBase:
    """Research studies in scope."""
    by = actor_of(request)
    filters = (Filter("q", "Title, sponsor or IRAS number"), Filter("status", "State", tuple(STATUSES.items())))
    chosen = chosen_filters(request, filters)
    rows = [
        {"slug": r.slug, "title": r.title, "sponsor": r.terms.sponsor, "iras": r.terms.iras, "status": r.terms.status}
        for r in door.research_studies(by=by, words=chosen["q"], status=chosen["status"])
    ]

    def present(page: Sequence[dict[str, str]]) -> list[Row]:
        return [
            Row(
                r["slug"],
                (
                    Cell(r["title"], url=reverse("register:research_study", args=[r["slug"]])),
                    Cell(r["slug"]),
                    Cell(r["sponsor"]),
                    Cell(r["iras"]),
                    Cell(STATUSES[r["status"]], tag=presenters.COLOURS[r["status"]]),
                ),
            )
            for r in page
        ]

    add_url = reverse("register:create") if door.may_create(by) else ""
    listing = Listing(
        name="research-studies",
        heading=lambda n: f"{n:,} research {'study' if n == 1 else 'studies'}",
        columns=columns_of(title="Title", slug="Short name", sponsor="Sponsor", iras="IRAS number", status="State"),
        rows=rows,
        present=present,
        empty="No research study is here yet, or none your role covers. The study team creates one.",
        sort="title",
        key=lambda r: str(r["slug"]),
        filters=filters,
        extra={"add_url": add_url, "add_text": "Create a research study"},
    )
    return respond(request, listing, "register/list.html")


@needs("register_view")
@plainly
def research_study(request: HttpRequest, slug: str) -> HttpResponse:
    """One research study: what was agreed and what must happen next."""
    by = actor_of(request)
    study = door.research_study(by=by, slug=slug)
    sites, events = door.study_sites(by=by, slug=slug), door.planned_events(by=by, slug=slug)
    imaging = door.imaging(by=by, slug=slug)
    terms, may_edit = study.terms, door.may_change(by, slug)
    face = f"Faces may stay in the images: {terms.face_waiver.reason}" if terms.face_waiver.waived else "Heads are held"
    next_step = presenters.next_step(study, sites, len(events))
    context = {
        "title": study.title,
        "caption": slug,
        "tag": {"text": study.status_words, "colour": presenters.COLOURS[terms.status]},
        "next": next_step if may_edit else None,
        "tabs": presenters.tabs(by, slug, "research_study"),
        "rows": [
            ("IRAS number", terms.iras),
            ("Sponsor", terms.sponsor),
            ("Protocol", terms.protocol_name),
            ("How scans are recognised", presenters.MODES[terms.intake_mode]),
            ("AE title", terms.ae_title),
            ("Imaging from before consent", "Agreed" if terms.prior_imaging else "Not agreed"),
            ("De-identification profile", terms.profile),
            ("Legal basis", presenters.BASES[terms.legal_basis]),
            ("Faces", face),
            ("Version proposed to hospitals", str(study.version)),
            ("Sites", plural(len(sites), "site")),
            ("Planned imaging", plural(len(events), "event")),
            ("Imaging received", f"{sum(i.received for i in imaging)} of {sum(i.expected for i in imaging)} expected"),
        ],
        "edits": _edits(slug) if may_edit else [],
        "history": audit.past(by=by, about=[("research_study", slug)]),
        "agreements": _agreements(by, slug) if by.may(agreements.VIEW) else [],
        "only_to_read": presenters.only_to_read(by, slug),
    }
    return render(request, "register/research_study.html", context)


def _agreements(by: Actor, slug: str) -> list[dict[str, str]]:
    """How the contribution agreement of each trust that takes part stands, a line each."""
    lines = []
    for one in agreements.listed(by=by, slugs=[slug]):
        words, colour = agreement_words.STANDINGS[agreement_words.state_of(one.standing)]
        until = f"Until {formats.date(one.standing.until)}." if one.standing.until and one.standing.in_force else ""
        lines.append({
            "name": one.name, "href": reverse("agreements:agreement", args=[slug, one.organisation]), "words": words,
            "colour": colour, "why": agreement_words.sentence(one.standing.why_not) or until,
        })  # fmt: skip
    return lines


def _edits(slug: str) -> list[dict[str, str]]:
    topics = (
        ("about", "title, sponsor and protocol"),
        ("intake", "how scans are recognised"),
        ("safety", "de-identification, legal basis and faces"),
        ("status", "its state"),
    )
    return [
        {"text": f"Change {words}", "href": reverse("register:edit", args=[slug, topic])} for topic, words in topics
    ]
