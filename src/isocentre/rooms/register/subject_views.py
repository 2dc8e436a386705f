"""One subject, pseudonymised: what is planned for them, what came, and what was done about it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.people.guard import needs
from isocentre.people.plainly import plainly
from isocentre.people.viewing import actor_of
from isocentre.rooms.register import door, presenters
from isocentre.rooms.register.records import EvidenceRecord
from isocentre.web import names
from isocentre.web.formats import moment, plural

IN_DOUBT = {"on-study": "green", "candidate": "yellow"}


@require_safe
@needs("register_view")
@plainly
def subject(request: HttpRequest, slug: str, pseudonym: str) -> HttpResponse:
    """The subject in one research study. Its id there, and clock times, are for the study team alone."""
    by = actor_of(request)
    study, one = door.research_study(by=by, slug=slug), door.subject(by=by, slug=slug, pseudonym=pseudonym)
    found = door.scans_of(by=by, slug=slug, pseudonym=pseudonym)
    events = door.planned_events(by=by, slug=slug)
    sees = door.sees_subject_ids(by)
    about = [("imaging_event", name) for name in door.event_ids(by=by, slug=slug, pseudonym=pseudonym)]
    waiting = [scan for scan in found if not scan.planned_event]
    context = {
        "title": (one.subject_id if sees else "") or one.pseudonym,
        "caption": f"Subject, {study.title}",
        "tag": {"text": presenters.subject_state(one).capitalize(), "colour": IN_DOUBT.get(one.status, "grey")},
        "next": _next(by, slug, len(waiting)) if events else None,
        "rows": [
            *([("Subject id", one.subject_id)] if sees else []),
            ("Pseudonym", one.pseudonym),
            ("Site", names.site(one.site)),
            ("Planned imaging received", f"{one.received} of {len(events)}"),
            ("Scans", plural(len({scan.study_uid for scan in found}), "scan")),
        ],
        "slug": slug,
        "study": study.title,
        "visits": [_visit(by, event, found) for event in events],
        "others": [_scan(by, scan) for scan in waiting],
        "planned": bool(events),
        "times": _times(by, slug, pseudonym),
        "history": audit.past(by=by, about=about, thing="a scan of this subject", routine=True),
    }
    return render(request, "register/subject.html", context)


def _next(by: Actor, slug: str, waiting: int) -> dict[str, str] | None:
    """Scans that a person has to match, for who may."""
    if not waiting or not door.may_change(by, slug):
        return None
    words = f"{plural(waiting, 'scan')} of this subject {'matches' if waiting == 1 else 'match'} no planned imaging."
    return {"text": f"{words} Choose the imaging event, or plan one.", "who": "the study team",
            "href": reverse("register:unmatched", args=[slug]), "link_text": "Scans to match"}  # fmt: skip


def _visit(by: Actor, event: Any, found: list[EvidenceRecord]) -> dict[str, Any]:
    """One planned event: when, what, and the scans that prove it."""
    proof = [_scan(by, scan) for scan in found if scan.planned_event == event.id]
    what = ", ".join(event.modalities) + (f", {', '.join(event.body_parts)}" if event.body_parts else "")
    return {"name": event.name, "time_point": event.time_point, "window": presenters.window(event), "what": what,
            "scans": proof}  # fmt: skip


def _scan(by: Actor, scan: EvidenceRecord) -> dict[str, str]:
    """A scan by the end of its UID, leading to its life for who may see scans."""
    url = reverse("scan", args=[scan.study_uid]) if by.may("scans_view") else ""
    return {"text": f"Scan …{scan.study_uid[-6:]}", "url": url, "time_point": scan.time_point, "why": scan.why_not}


def _times(by: Actor, slug: str, pseudonym: str) -> list[tuple[str, str, str, str]]:
    """Real times, through the one door that gives them, for site and study team only."""
    if not by.may("realtime_view"):
        return []
    rows = door.real_times(by=by, research_study=slug, pseudonym=pseudonym)
    return [(t.time_point, moment(t.acquired_at), moment(t.arrived_at), moment(t.sent_at)) for t in rows]
