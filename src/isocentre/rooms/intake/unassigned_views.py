"""Pages of scans of no research study, and of those left out by little: what may be the answer, and a person's word."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from isocentre.people.guard import needs
from isocentre.rooms.intake import causes, life_steps, times, unassigned, undoing, viewing
from isocentre.rooms.intake.models import LedgerRow
from isocentre.rooms.intake.person_views import WHY
from isocentre.rooms.intake.viewing import actor_of
from isocentre.rooms.intake.views import research_study_options
from isocentre.web import fields, formats
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

NOTHING = "Nothing known here says whose it is. Enrol the person, or decide about it under Held."
COLUMNS = (
    Column("scan", "Scan"), Column("why", "Why it waits", "cause"), Column("answer", "What may be the answer, and why"),
    Column("research_study", "Research study", "research_study"), Column("scanner", "Scanner", "scanner"),
    Column("images", "Images", "", True), Column("since", "Since", "id"), Column("until", "Kept here until"),
)  # fmt: skip


@needs("held_view")
def unassigned_list(request: HttpRequest) -> HttpResponseBase:
    """Scans somebody may assign, the oldest first. No name or number: a patient could stand behind the screen."""
    by = actor_of(request)
    groups = unassigned.by_cause(by)
    words = {cause: causes.cause(cause).title for cause in unassigned.CAUSES}
    filters = (
        Filter("cause", "Why it waits", tuple((c, f"{words[c]} ({formats.number(n)})") for c, n in groups)),
        Filter("research_study", "Research study", research_study_options(by)),
    )
    chosen = chosen_filters(request, filters)
    titles, may, in_force = viewing.titles(), by.may(unassigned.PERMISSION), times.times()

    def present(page: Sequence[LedgerRow]) -> list[Row]:
        return [_row(one, titles, may, in_force) for one in unassigned.shown(by, page)]

    undoable = undoing.undoable(by=by) if may else []
    listing = Listing(
        name="unassigned",
        heading=lambda n: f"{formats.plural(n, 'scan')} unassigned",
        columns=COLUMNS,
        rows=unassigned.listed(by, cause=chosen["cause"], research_study=chosen["research_study"]),
        present=present,
        empty="No scan waits: each belongs to a research study, or was left out by more than a little.",
        sort="id",
        filters=filters,
        intro="Scans of no research study, and scans left out by little while their originals are here. The answers "
        "are proposals: nothing happens before somebody says so.",
        extra={"undoable": [
            (one.pk, life_steps.decided(one), one.at, one.reason) for one in undoable
            if one.action == unassigned.ASSIGNED
        ]},
    )  # fmt: skip
    return respond(request, listing, "intake/unassigned.html")


def _row(one: unassigned.Waiting, titles: dict[str, str], may: bool, in_force: times.Times) -> Row:
    row = one.row
    best = one.proposals[0] if one.proposals else None
    more = f" {formats.plural(len(one.proposals) - 1, 'more answer')}." if len(one.proposals) > 1 else ""
    words = f"{best.why}{more}" if best else NOTHING
    until = times.kept_until(row, in_force)
    opens = may and any(p.enrolment_id is not None for p in one.proposals)
    return Row(str(row.pk), (
        Cell(life_steps.title(row), url=reverse("scan", args=[row.pk])),
        Cell(causes.cause(row.cause).title, row.cause),
        Cell(words, url=reverse("intake:assign", args=[row.pk]) if opens else ""),
        Cell(titles.get(row.research_study, row.research_study), row.research_study),
        Cell(row.scanner or row.site or "Not known"), Cell(formats.number(one.images), one.images),
        Cell(formats.moment(row.decided_at), row.decided_at), Cell(formats.date(until), until),
    ))  # fmt: skip


@needs("held_act")
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """The answers for one scan, each with why; a person chooses one and says why."""
    by = actor_of(request)
    one = unassigned.find(by, pk)
    offered = [p for p in one.proposals if p.enrolment_id is not None] if one is not None else []
    # Where somebody else decided between a look and the answer, words say so.
    late = request.method == "POST" and viewing.visible(by).filter(pk=pk).exists()
    if not offered and not late:
        raise Http404
    options = tuple((p.key, f"{p.time_point or 'No visit'}: {p.why}") for p in offered)
    shown = (
        fields.Field("proposal", "Whose scan it is, and of which visit", kind="radios", options=options),
        fields.Field("reason", "Why it is so", f"Like: confirmed with the study team. {WHY}"),
    )

    def save(typed: dict[str, str]) -> str:
        done = unassigned.assign(by=by, key=pk, proposal=typed["proposal"], reason=typed["reason"])
        if not done.scans:
            messages.warning(request, "Somebody else has decided about this scan meanwhile. Nothing was changed.")
            return reverse("intake:unassigned")
        parts = [f"{formats.plural(n, 'image')} {life_steps.label(d, n)}" for d, n in done.images.items()]
        words = "This can be undone for ten minutes, while nothing has moved on."
        messages.info(request, f"{', '.join(parts)}. {words}")
        return reverse("intake:unassigned")

    made = fields.Form(
        title="Assign a scan", caption=life_steps.title(one.row) if one is not None else "", fields=shown, values={},
        save=save, saved="What you said is kept.", back=reverse("intake:unassigned"), back_text="Unassigned",
        intro="Look at the scan's page and compare it with the patient's record first. Consent and withdrawal hold all "
        "the same.", button="Assign it",
    )  # fmt: skip
    return fields.handle(request, made)
