"""Pages that span the parts of one side: start, home, the life of a scan, search, help."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from isocentre.audit import door as audit
from isocentre.core import hooks as spec
from isocentre.core.actor import Actor
from isocentre.desk import cards, context, hooks, looking, steering
from isocentre.desk.doorway import actor_of, needs, side
from isocentre.people.roles import roles
from isocentre.web.context import address

TOPICS = {
    "first-scan": "Follow one scan from the scanner to the viewer",
    "sides": "The hospital side and the national side",
    "held": "Why a scan is held, and what to do",
    "life": "How to read the life of a scan",
    "words": "What our words mean",
    "viewer": "Looking at images",
}


@require_safe
def front(request: HttpRequest) -> HttpResponseBase:
    """The start page for nobody signed in; for everybody else, what needs them now."""
    actor = actor_of(request)
    return start(request) if actor is None else home(request, actor)


def start(request: HttpRequest) -> HttpResponseBase:
    """What this is, and in the demonstration the people to be."""
    shown = {"title": "Imaging research across NHS hospitals", "groups": cards.groups(), "topics": TOPICS}
    return render(request, "desk/start.html", shown)


def home(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The acting role's worklist, what changed, and the figures it steers by."""
    asked = ("worklist", "figures", "changes", "tallies")
    work, figures, changes, tallies = (hooks.ask(name, actor) for name in asked)
    role = roles().get(actor.role)
    shown = {
        "title": "What needs you now",
        "role": role,
        "worklist": spec.oldest_first([*work.items, *steering.worklist(actor)]),
        "figures": [*figures.items, *steering.figures(actor)],
        "changes": spec.newest_first(changes.items),
        # A probe is no look; a room that could not be asked is left out, not counted as nothing.
        "news": looking.since_last_look(actor, tallies.items) if role and request.method == "GET" else None,
        "failed": sorted({*work.failed, *figures.failed, *changes.failed, *tallies.failed}),
    }
    return render(request, "desk/home.html", shown)


@require_safe
@needs()
def scan(request: HttpRequest, actor: Actor, key: str) -> HttpResponseBase:
    """The life of a scan. A scan that is not there and one the role may not see answer alike."""
    zone = side(key)
    steps, answers = hooks.life(zone, actor, key)
    if not steps and not answers.failed:
        raise Http404
    heads, traces = hooks.ask("scan", actor, key), hooks.ask("traces", actor, key)
    about = [(trace.kind, trace.name) for trace in traces.items]
    card = heads.items[0] if heads.items else spec.ScanCard("Scan")
    stopped = next((step for step in steps if step.state == "failed"), None)
    # One primary action: look at the images, or act on what stopped. Ways to other pages are not actions.
    action = None
    gone = any(step.stage == spec.RECALLED and step.state == "failed" for step in steps)
    if zone == "platform" and actor.may("images_view") and not gone:
        action = ("Open the images", f"/viewer?StudyInstanceUIDs={key}")
    elif stopped and stopped.url:
        action = (stopped.link_text, stopped.url)
    shown = {
        "title": "The life of a scan",
        "card": card,
        "links": card.links,
        "action": {"text": action[0], "href": action[1]} if action else None,
        "steps": steps,
        "stopped": stopped,
        "history": audit.past(by=actor, about=about, thing="this scan", routine=True),
        "failed": sorted({*answers.failed, *heads.failed, *traces.failed}),
    }
    return render(request, "desk/scan.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@needs()
def search(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Search. On the hospital side by POST only: it may be a name, and addresses are kept in many places."""
    asked = request.POST if side() == "gateway" else request.GET
    text = asked.get("q", "").strip()[:200]
    answers = hooks.ask("search", actor, text) if text else hooks.Answers()
    shown = {"title": "Search", "text": text, "hits": answers.items, "failed": answers.failed}
    return render(request, "desk/search.html", shown)


@require_safe
def help_index(request: HttpRequest) -> HttpResponseBase:
    """Every help page."""
    return render(request, "desk/help/index.html", {"title": "Help", "topics": TOPICS})


@require_safe
def help_topic(request: HttpRequest, topic: str) -> HttpResponseBase:
    """One help page."""
    if topic not in TOPICS:
        raise Http404
    shown = {"title": TOPICS[topic], "ways": _ways(actor_of(request)) if topic == "first-scan" else {}}
    return render(request, f"desk/help/{topic}.html", shown)


def _ways(actor: Actor | None) -> dict[str, str]:
    """Addresses of this side on the guided path that open for who asks; in the demonstration the other side's too."""
    menu = {item.url for item in hooks.navigation(actor)} if actor is not None else set()
    names = {"arrivals": "intake:arrivals", "held": "deid:held", "scans": "archive:scans", "audit": "audit"}
    other = next((group.cards[0].href for group in cards.groups() if not group.here), "")
    ways = {key: address(name) for key, name in names.items()}
    return {**{key: url if url in menu else "" for key, url in ways.items()}, "other": other}


@require_safe
def keyboard(request: HttpRequest) -> HttpResponseBase:
    """The list under `?`, as a page for those without JavaScript or with shortcuts switched off."""
    actor = actor_of(request)
    items = hooks.navigation(actor) if actor is not None else []
    off = actor is not None and not getattr(request.user, "keyboard_shortcuts", True)
    shown = {
        "title": "Keyboard shortcuts",
        "listed": context.shortcuts(items, status=actor is not None and actor.may("status_view")),
        "off": off,
    }
    return render(request, "desk/help/keyboard.html", shown)
