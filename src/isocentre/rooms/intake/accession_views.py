"""Pages of the accession lists: what is listed, a list taken in, and which research study takes nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from isocentre.audit import door as audit
from isocentre.core.checks import Unfit
from isocentre.people.guard import needs
from isocentre.rooms.intake import accessions, tables, viewing
from isocentre.rooms.intake.enrolment_views import released, tabs
from isocentre.rooms.intake.models import ListedAccession, ResearchStudy
from isocentre.rooms.intake.person_views import WHY
from isocentre.rooms.intake.sender_views import chosen_rows
from isocentre.rooms.intake.viewing import actor_of
from isocentre.web import fields, formats, names
from isocentre.web.listing import Bulk, Cell, Column, Filter, Listing, Row, chosen_filters, respond

INTRO = (
    "A scan whose accession number is listed is taken in where its kind or day would not decide. Its person must be "
    "enrolled, and consent, withdrawal and opt-out hold all the same."
)


@needs("enrolment_view")
def listed(request: HttpRequest) -> HttpResponseBase:
    """Accession numbers named for the research studies of the actor's scope, the newest first."""
    by = actor_of(request)
    filters = (
        Filter("research_study", "Research study", tuple(viewing.accepted(by))),
        Filter("source", "From", tuple(accessions.SOURCES.items())),
    )
    chosen = chosen_filters(request, filters)
    form = "file" if request.GET.get("format") in ("csv", "json") else "page"
    audit.record_read(by=by, action="enrolment_viewed", object_type="list", object_id="accession lists", form=form)
    rows = accessions.visible(by).filter(**{name: value for name, value in chosen.items() if value})
    titles = viewing.titles()
    only = set(ResearchStudy.objects.filter(accessions_only=True).values_list("slug", flat=True))

    def present(page: Sequence[ListedAccession]) -> list[Row]:
        return [
            Row(str(one.pk), (
                Cell(one.accession), Cell(one.issuer or "Any", one.issuer),
                Cell(titles.get(one.research_study, one.research_study), one.research_study),
                Cell("Only what is listed" if one.research_study in only else "What is listed, and what fits"),
                Cell(accessions.SOURCES[one.source], one.source), Cell(formats.moment(one.at), one.at),
                Cell(names.person(one.by), one.by),
            ))
            for one in page
        ]  # fmt: skip

    may = by.may(accessions.PERMISSION)
    remove = Bulk("Take off the list", reverse("intake:accessions_remove"), warning=True)
    listing = Listing(
        name="accessions",
        heading=lambda n: f"{formats.plural(n, 'accession number')} listed",
        columns=(Column("accession", "Accession number", "accession"), Column("issuer", "Issuer", "issuer"),
                 Column("research_study", "Research study", "research_study"), Column("takes", "It takes"),
                 Column("source", "From", "source"), Column("at", "Listed", "at"), Column("by", "By", "by")),
        rows=rows,
        present=present,
        empty="No accession number is listed. Name scans by it where their kind or day does not say that they belong.",
        sort="-at",
        filters=filters,
        bulk=(remove,) if may else (),
        intro=INTRO,
        extra={"tabs": tabs(by, "intake:accessions"), "add_url": reverse("intake:accessions_add") if may else "",
               "add_text": "Name scans by accession number",
               "more_url": reverse("intake:accessions_only") if by.may(accessions.ONLY) else "",
               "more_text": "Take only what is listed"},
    )  # fmt: skip
    return respond(request, listing, "intake/list.html")


@needs("enrolment_edit")
def add(request: HttpRequest) -> HttpResponse:
    """Take in a list: a file or pasted lines; the bad ones are told, and left out when somebody says so."""
    by = actor_of(request)
    slug = request.POST.get("research_study", "")
    shown: dict[str, Any] = {
        "title": "Name scans by accession number", "options": viewing.accepted(by), "errors": {}, "text": "",
        "slug": slug, "intro": INTRO,
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "intake/accessions_add.html", shown)
    try:
        given = tables.given(request, accessions.MOST_CHARACTERS)
        shown |= {"text": given.text, "notes": given.notes}
        lines = accessions.read_list(tables.rows_of(given.text))
        good, bad = [one for one in lines if not one.error], [one for one in lines if one.error]
        if bad and not (good and request.POST.get("confirm") == "good"):
            shown |= {"bad": bad[:50], "more": max(0, len(bad) - 50), "good": len(good)}
            raise Unfit({"list": f"{formats.plural(len(bad), 'line')} of the list cannot be read. See below"})
        new, images = accessions.add(by=by, research_study=slug, named=[one.named for one in good])
    except Unfit as unfit:
        return render(request, "intake/accessions_add.html", {**shown, "errors": unfit.errors}, status=400)
    again = len(good) - new
    told = f" {formats.plural(again, 'line')} {'was' if again == 1 else 'were'} there already." if again else ""
    messages.success(request, f"{formats.plural(new, 'accession number')} listed.{told}")
    if images:
        messages.info(request, released(images).replace("Held images", "Images that were left out"))
    return redirect("intake:accessions")


@needs("enrolment_edit")
@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """Take the ticked ones off."""
    gone = accessions.remove(by=actor_of(request), keys=chosen_rows(request))
    if gone:
        words = f"{formats.plural(gone, 'accession number')} taken off. Scans that were taken in stay."
        messages.success(request, words)
    else:
        messages.error(request, "Nothing was chosen. Tick what is to be taken off the list.")
    return redirect("intake:accessions")


@needs("study_config_accept")
def only(request: HttpRequest) -> HttpResponse:
    """Whether a research study takes its accession list only."""
    by = actor_of(request)
    kinds = (("yes", "Only what is listed"), ("no", "What is listed, and what fits a planned visit"))
    shown = (
        fields.Field("research_study", "Research study", kind="select", options=tuple(viewing.accepted(by))),
        fields.Field("only", "It takes", kind="radios", options=kinds),
        fields.Field("reason", "Why", WHY),
    )

    def save(typed: dict[str, str]) -> str:
        if not typed["only"]:
            raise Unfit({"only": "Choose what it takes"})
        slug = typed["research_study"]
        accessions.set_only(by=by, research_study=slug, only=typed["only"] == "yes", reason=typed["reason"])
        return reverse("intake:accessions")

    made = fields.Form(
        title="What a research study takes", fields=shown, values={}, save=save,
        saved="It holds for scans that arrive from now on.", back=reverse("intake:accessions"),
        back_text="Accession lists",
    )  # fmt: skip
    return fields.handle(request, made)
