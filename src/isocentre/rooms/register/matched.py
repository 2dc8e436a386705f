"""Scans that prove a planned imaging event, and taking back a match that is wrong."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from isocentre.people.guard import needs
from isocentre.people.plainly import plainly
from isocentre.people.viewing import actor_of
from isocentre.rooms.register import door
from isocentre.rooms.register.parts import columns_of, part
from isocentre.web import names
from isocentre.web.fields import Field, Form, handle
from isocentre.web.listing import Cell, Column

EMPTY = "No scan was matched to planned imaging yet. A scan is matched when it is stored, or by a person."


@needs("register_view")
@plainly
def matched(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Each scan that proves a planned event; whoever may change the research study can say that it does not."""
    by = actor_of(request)
    may_edit = door.may_change(by, slug)
    found, called = door.matched(by=by, slug=slug), {e.id: e.name for e in door.planned_events(by=by, slug=slug)}
    sites = names.sites({e.site for e in found})
    rows = [
        {
            "key": f"{e.study_uid} {e.planned_event}",
            "event": called.get(e.planned_event, e.planned_event),
            "pseudonym": e.pseudonym,
            "time_point": e.time_point,
            "site": sites[e.site],
            "scan": reverse("scan", args=[e.study_uid]) if by.may("scans_view") else "",
            "deny": reverse("register:deny", args=[slug, e.study_uid, e.planned_event]) if may_edit else "",
        }
        for e in found
    ]

    def cells(r: dict[str, Any]) -> tuple[Cell, ...]:
        told = Cell(r["event"], url=r["scan"]), Cell(r["pseudonym"], mono=True), Cell(r["time_point"]), Cell(r["site"])
        return (*told, Cell("Not this one", url=r["deny"])) if may_edit else told

    columns = (
        *columns_of(event="Imaging event", pseudonym="Pseudonym", time_point="Time point", site="Site"),
        *((Column("deny", "What to do"),) if may_edit else ()),
    )
    many = "scans matched"
    return part(
        request, slug, "matched", "scan matched", columns, rows, cells, key="key", empty=EMPTY, many=many
    )  # fmt: skip


@needs("register_edit")
@plainly
def deny(request: HttpRequest, slug: str, study_uid: str, event_id: str) -> HttpResponse:
    """A person says that a scan does not prove the planned event it was matched to."""
    by = actor_of(request)
    study = door.research_study_to_change(by=by, slug=slug)
    rows = door.matched(by=by, slug=slug)
    scan = next((e for e in rows if (e.study_uid, e.planned_event) == (study_uid, event_id)), None)
    if scan is None:
        raise Http404
    event = {e.id: e.name for e in door.planned_events(by=by, slug=slug)}.get(event_id, event_id)

    about = f"Subject {scan.pseudonym}, time point {scan.time_point or 'not given'}."

    def save(typed: dict[str, str]) -> str:
        told = {"research_study": slug, "study_uid": study_uid, "planned_event": event_id}
        door.deny(by=by, **told, reason=" ".join(typed["reason"].split()))
        return reverse("register:unmatched", args=[slug])

    form = Form(
        title=f"This scan is not of {event}",
        fields=(Field("reason", "Why it is not", "Kept in the audit trail. Name no patient", kind="textarea"),),
        values={},
        save=save,
        saved="The match is taken back. The scan waits: choose its imaging event, or this one again.",
        back=reverse("register:matched", args=[slug]),
        caption=study.title,
        intro=f"{about} {event} will count as not received.",
        button="Take the match back",
    )
    return handle(request, form)
