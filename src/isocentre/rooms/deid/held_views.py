"""Pages of held scans: by cause with counts, the scans of one cause, a decision in bulk with its reason, and undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from isocentre.core.actor import Actor
from isocentre.core.checks import Unfit
from isocentre.people.guard import needs
from isocentre.rooms.deid import findings
from isocentre.rooms.intake import door as intake
from isocentre.web import formats, names
from isocentre.web.listing import Bulk, Cell, Column, Filter, Listing, Row, chosen_filters, respond

MOST = 200


@dataclass(frozen=True, slots=True)
class Act:
    """Something to decide about held scans: words of its button, what will happen, the door's command."""

    text: str
    what: str
    command: Callable[..., intake.Decided]
    warning: bool = False


ACTS = {
    "try-again": Act("Try again", "They are routed and de-identified again. What still holds them holds them again.",
                     intake.try_again),
    "put-into": Act("Put into a research study", "Its own rules decide whether they are sent on. A research study with "
                    "its own AE title enrols people who are new to it.", intake.put_into),
    "leave-out": Act("Leave out", "They are not sent on, and count as left out.", intake.leave_out, True),
    "reject": Act("Reject", "They are not sent on, and count as rejected.", intake.reject, True),
    "keep": Act("Keep the first", "The image that came first goes on. The later one is erased.", intake.keep),
    "replace": Act("Replace with the later", "The later image goes on as a correction of the first.", intake.replace),
}  # fmt: skip


def acts_for(cause: str) -> list[str]:
    """What can be decided about scans held for this cause."""
    if cause == "other_pixels":
        return ["keep", "replace"]
    return ["try-again", *(["put-into"] if cause == "not_part" else []), "leave-out", "reject"]


@needs("held_view")
def held(request: HttpRequest) -> HttpResponseBase:
    """Everything that is held, by cause, the oldest first."""
    by = intake.actor_of(request)
    rows = intake.held_by_cause(by=by)
    scans = sum(one.scans for one in rows)

    def present(page: Sequence[Any]) -> list[Row]:
        return [
            Row(one.cause, (
                Cell(intake.causes.cause(one.cause).title, one.cause, reverse("deid:held_cause", args=[one.cause])),
                Cell(formats.number(one.scans), one.scans), Cell(formats.number(one.images), one.images),
                Cell(formats.ago(one.oldest), one.oldest), Cell(intake.causes.cause(one.cause).advice),
            ))
            for one in page
        ]  # fmt: skip

    listing = Listing(
        name="held",
        heading=lambda n: f"{formats.plural(scans, 'scan')} held",
        columns=(Column("cause", "Why", "cause"), Column("scans", "Scans", "scans", True),
                 Column("images", "Images", "images", True), Column("oldest", "Oldest", "oldest"),
                 Column("advice", "What to do")),
        rows=rows,
        present=present,
        empty="Nothing is held. Scans that cannot be sent on safely wait here for a person.",
        sort="oldest",
        key=lambda one: str(one.cause),
        extra=_undo(request),
    )  # fmt: skip
    return respond(request, listing, "deid/held.html")


def _must_exist(by: Actor, cause: str) -> None:
    """404 for a cause that this version does not know and nothing is held for."""
    if not intake.causes.is_known(cause) and not intake.held_scans(by=by, cause=cause).exists():
        raise Http404


@needs("held_view")
def held_cause(request: HttpRequest, cause: str) -> HttpResponseBase:
    """The scans held for one cause, and what can be decided about them."""
    by = intake.actor_of(request)
    _must_exist(by, cause)
    filters = _filters(by)
    chosen = chosen_filters(request, filters)
    days = intake.days_of(chosen)
    titles, sites, words = intake.titles(), names.sites(), intake.causes.cause(cause)

    def present(page: Sequence[intake.LedgerRow]) -> list[Row]:
        counted = intake.counted(by=by, cause=cause, rows=list(page))
        found = [counted.get((r.research_study, r.study_uid)) for r in page]
        return [Row(str(one.row.pk), _cells(one, titles, sites)) for one in found if one is not None]

    narrowed = urlencode({name: value for name, value in chosen.items() if value})
    query = f"?{narrowed}" if narrowed else ""
    bulk = tuple(
        Bulk(ACTS[a].text, reverse("deid:held_decide", args=[cause, a]) + query, warning=ACTS[a].warning)
        for a in acts_for(cause)
        if by.may("held_act")
    )
    listing = Listing(
        name=f"held-{cause}",
        heading=lambda n: f"{formats.plural(n, 'scan')} held: {formats.lower_first(words.title)}",
        columns=(Column("scan", "Scan"), Column("research_study", "Research study", "research_study"),
                 Column("subject", "Subject"), Column("scanner", "Scanner", "scanner"),
                 Column("images", "Images", "", True), Column("since", "Held since", "id"),
                 Column("reason", "Reason")),
        rows=intake.held_scans(by=by, cause=cause, of=days),
        present=present,
        empty="No scan is held for this cause any more.",
        sort="id",
        filters=filters,
        intro=words.advice,
        bulk=bulk,
        bulk_all="scans",
        extra={**_undo(request, cause), "back": True, "review": cause if cause in findings.HELD_CAUSES else ""},
    )  # fmt: skip
    return respond(request, listing, "deid/held.html")


def _filters(by: Actor) -> tuple[Filter, ...]:
    none = ((intake.UNASSIGNED, "No research study"),)
    return (
        Filter("research_study", "Research study", (*intake.accepted(by), *none)),
        Filter("from", "Arrived from day", day=True),
        Filter("to", "To day", day=True),
    )


def _cells(one: intake.HeldScan, titles: dict[str, str], sites: dict[str, str]) -> tuple[Cell, ...]:
    row = one.row
    subject = row.enrolment.subject_id or "New person" if row.enrolment else ""
    return (
        Cell(intake.title(row), url=reverse("scan", args=[row.pk])),
        Cell(titles.get(row.research_study, row.research_study), row.research_study),
        Cell(subject),
        Cell(row.scanner or sites.get(row.site, row.site) or "Not known"),
        Cell(formats.number(one.images), one.images),
        Cell(formats.moment(one.since), one.since),
        Cell(row.words),
    )


def _undo(request: HttpRequest, cause: str = "") -> dict[str, Any]:
    by = intake.actor_of(request)
    if not by.may("held_act"):
        return {"undoable": []}
    shown = [(one.pk, intake.decided(one), one.at, one.reason) for one in intake.undoable(by=by, cause=cause)]
    return {"undoable": shown}


@needs("held_act")
@require_POST
def decide(request: HttpRequest, cause: str, act: str) -> HttpResponse:
    """Say what would happen to how many; once a reason is given, do it and say what was done."""
    if act not in acts_for(cause):
        raise Http404
    by, one = intake.actor_of(request), ACTS[act]
    _must_exist(by, cause)
    keys, matching = _asked(request, by, cause)
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    back = reverse("deid:held_cause", args=[cause]) + query
    if not keys:
        messages.error(request, "No scan was chosen. Tick the scans to decide about, then choose what to do.")
        return redirect(back)
    typed = {name: request.POST.get(name, "").strip() for name in ("reason", "research_study")}
    errors: dict[str, str] = {}
    if request.POST.get("confirmed"):
        more = {"research_study": typed["research_study"]} if act == "put-into" else {}
        if cause != "other_pixels":
            more["cause"] = cause
        try:
            done = intake.in_parts(one.command, by=by, keys=keys, reason=typed["reason"], **more)
        except Unfit as unfit:
            errors = unfit.errors
        else:
            _say(request, done)
            return redirect(back)
    scans, images = intake.counted_whole(by=by, cause=cause, keys=keys)
    shown = {
        "title": f"{one.text}: {formats.plural(scans, 'scan')}, {formats.plural(images, 'image')}",
        "act": one, "cause": intake.causes.cause(cause).title, "keys": keys, "typed": typed, "errors": errors,
        "back": back, "gone": len(keys) - scans, "options": intake.accepted(by) if act == "put-into" else [],
        "every": bool(request.POST.get("all")), "narrowed": _narrowed(request, by),
        "beyond": matching if matching > len(keys) else 0,
    }  # fmt: skip
    return render(request, "deid/decide.html", shown, status=400 if errors else 200)


def _asked(request: HttpRequest, by: Actor, cause: str) -> tuple[list[int], int]:
    """The scans asked about, and how many match: those ticked; all that match; or, to confirm, those that were told.

    What is confirmed is what was counted: a scan that is held meanwhile is not decided about unseen.
    """
    if told := request.POST.get("keys", ""):
        keys = [int(k) for k in told.split(",") if k.isdigit() and len(k) < 18]
        return keys[: intake.AT_ONCE], 0
    if request.POST.get("all"):
        days = intake.days_of(chosen_filters(request, _filters(by)))
        found = intake.held_scans(by=by, cause=cause, of=days).order_by("pk")
        return list(found.values_list("pk", flat=True)[: intake.AT_ONCE]), found.count()
    return [int(k) for k in request.POST.getlist("chosen")[:MOST] if k.isdigit() and len(k) < 18], 0


def _narrowed(request: HttpRequest, by: Actor) -> str:
    """What the list was narrowed to, in words."""
    chosen = chosen_filters(request, _filters(by))
    days = intake.days_of(chosen)
    told = {"arrived from ": formats.date(days.first), "arrived up to ": formats.date(days.last)}
    study = names.research_study(chosen["research_study"]) if chosen["research_study"] else ""
    return ", ".join(filter(None, (study, *(words + day for words, day in told.items() if day))))


def _say(request: HttpRequest, done: intake.Decided) -> None:
    if done.scans:
        parts = [f"{formats.plural(n, 'image')} {intake.label(d, n)}" for d, n in done.images.items()]
        words = "This can be undone for ten minutes, while nothing has moved on."
        if done.parts > 1:
            words = f"{words} It was done in {formats.number(done.parts)} parts, each undone by itself."
        messages.success(request, f"{formats.plural(done.scans, 'scan')} decided: {', '.join(parts)}. {words}")
    if done.unchanged:
        words = f"{formats.plural(done.unchanged, 'image')} stay held: nothing has changed that would let them go on."
        messages.warning(request, words)
    if done.already:
        messages.warning(request, f"{formats.plural(done.already, 'scan')} had already been decided by somebody else.")


@needs("held_act")
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a decision of the last minutes."""
    try:
        undone = intake.undo(by=intake.actor_of(request), decision=pk)
    except Unfit as unfit:
        messages.error(request, " ".join(unfit.errors.values()))
    else:
        moved = f" {formats.plural(undone.moved, 'image')} had already moved on." if undone.moved else ""
        messages.success(request, f"Undone: {formats.plural(undone.images, 'image')} held as before.{moved}")
    return redirect("deid:held")
