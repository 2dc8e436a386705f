"""The page of what the national side would not be told, and telling it again."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from isocentre.people.guard import needs
from isocentre.rooms.deid import untold
from isocentre.rooms.intake import door as intake
from isocentre.web import formats
from isocentre.web.listing import Bulk, Cell, Column, Listing, Row, respond

INTRO = (
    "The images are stored on the national side. What it would not take is the report of them: subject, time point and "
    "what was done, or that the person withdrew. It is told again each hour, and when the enrolment is corrected."
)


@require_safe
@needs("held_view")
def refused(request: HttpRequest) -> HttpResponseBase:
    """What was refused, with what the national side said."""
    by = intake.actor_of(request)
    titles = intake.titles()

    def present(page: Sequence[untold.Untold]) -> list[Row]:
        return [Row(str(one.key), _cells(one, titles, by.may("enrolment_view"))) for one in page]

    listing = Listing(
        name="reports-refused",
        heading=lambda n: f"{formats.plural(n, 'report')} that the national side refused",
        columns=(Column("scan", "Scan"), Column("research_study", "Research study"), Column("subject", "Subject"),
                 Column("images", "Images", "images", True), Column("why", "Why, and what to do", "words"),
                 Column("tries", "Told", "tries", True), Column("since", "Last refused", "at")),
        rows=untold.all_of(by),
        present=present,
        empty="The national side has been told of everything that was sent on.",
        sort="at",
        key=lambda one: str(one.key),
        intro=INTRO,
        bulk=(Bulk("Tell it again", reverse("deid:reports_again")),) if by.may("held_act") else (),
    )  # fmt: skip
    return respond(request, listing)


def _cells(one: untold.Untold, titles: dict[str, str], may_open: bool) -> tuple[Cell, ...]:
    row = one.row
    subject = (row.enrolment.subject_id or "New person") if row.enrolment else ""
    url = reverse("intake:person", args=[row.enrolment_id]) if row.enrolment and may_open else ""
    return (
        Cell(intake.title(row), url=reverse("scan", args=[row.pk])),
        Cell(titles.get(row.research_study, row.research_study), row.research_study),
        Cell(subject, url=url),
        Cell(formats.number(one.images) if one.images else "", one.images),
        Cell(one.words),
        Cell(formats.plural(one.tries, "time"), one.tries),
        Cell(formats.moment(one.at), one.at),
    )


@needs("held_act")
@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """Have the national side told again of what was ticked."""
    keys = [int(k) for k in request.POST.getlist("chosen") if k.isdigit() and len(k) < 18]
    count = untold.tell_again(by=intake.actor_of(request), keys=keys)
    if count:
        words = f"{formats.plural(count, 'report')} told again in a moment. What it still refuses comes back here."
        messages.success(request, words)
    else:
        messages.error(request, "Nothing was ticked that is still refused.")
    return redirect("deid:reports")
