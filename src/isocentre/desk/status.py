"""The status page of one side: is it working, what waits, how much room is left. As a page and as JSON."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from isocentre.core.actor import Actor
from isocentre.core.hooks import Figure
from isocentre.desk import facts, hooks, steering
from isocentre.desk.doorway import needs
from isocentre.web.formats import filesize, number

COLOURS = {"running": "green", "late": "yellow", "silent": "red"}
WORDS = {
    "events_waiting": "Messages between parts, waiting",
    "events_set_aside": "Messages set aside after repeated failure",
}


@require_safe
@needs("status_view")
def status(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The page; `?format=json` for a program."""
    if request.GET.get("format") == "json":
        return JsonResponse(told())
    state, listed, disk = facts.readiness(), facts.processes(), facts.disk()
    waits, rooms = facts.backlog(), hooks.ask("backlog")
    context = {
        "title": "Status",
        "state": state,
        "canary_at": facts.canary_at(),
        "verified": steering.verified(),
        "processes": listed,
        "colours": COLOURS,
        "trouble": [p.name for p in listed if p.state == "silent"],
        "figures": [Figure(number(waits[key]), words, _url(key, waits[key])) for key, words in WORDS.items()]
        + rooms.items,
        "disk": Figure(filesize(disk["free"]), "Free on the data disk", note=f"of {filesize(disk['total'])}"),
        "disk_low": facts.is_low(disk),
        "failed": rooms.failed,
        "may_support": actor.may("people_manage"),
    }
    template = "desk/status_part.html" if request.headers.get("HX-Request") else "desk/status.html"
    return render(request, template, context)


def _url(key: str, count: int) -> str:
    """Where the messages that were set aside are listed, once there are any."""
    return reverse("set_aside") if count and key == "events_set_aside" else ""


def told() -> dict[str, Any]:
    """The status for a program, whether it asks this page or the API."""
    state = facts.readiness()
    return {
        "ready": state.ready,
        "phase": state.phase,
        "processes": [
            {"name": p.name, "state": p.state, "doing": p.doing, "last_seen": p.at.isoformat()}
            for p in facts.processes()
        ],
        "backlog": facts.backlog() | {figure.label: figure.value for figure in hooks.ask("backlog").items},
        "disk": facts.disk(),
    }
