"""What `deid` tells the pages that span rooms: acceptances to give, the menu, and a scan's later steps here."""

from __future__ import annotations

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils import timezone

from isocentre.core.actor import Actor
from isocentre.core.hooks import Figure, Hit, NavItem, Step, Trace, WorkItem
from isocentre.rooms.deid import away, door, findings, opt_out, ruling, sampling, steps, untold
from isocentre.rooms.deid.models import ProfileInForce
from isocentre.rooms.deid.onward import words as onward
from isocentre.rooms.intake import door as intake
from isocentre.web import formats

MENU = (
    (("held_view",), "Held", "deid:held", 20, "d"),
    (("held_view",), "Review", "deid:review", 25, "v"),
    (("study_config_accept", "arrivals_view", "profiles_view"), "Research studies", "research_studies:all", 40, "r"),
    (("optout_upload", "study_config_accept"), "Opt-out", "deid:opt_out", 60, "o"),
    (("settings_manage",), "Times", "deid:times", 80, "t"),
    (("profiles_view", "study_config_accept"), "Profiles", "deid:profiles", 70, "f"),
)


def navigation(actor: Actor) -> list[NavItem]:
    """The lists this actor may open."""
    return [
        NavItem(text, reverse(name), order, key)
        for permissions, text, name, order, key in MENU
        if any(actor.may(p) for p in permissions)
    ]


def worklist(actor: Actor) -> list[WorkItem]:
    """A national side that does not answer or refuses what it is told, proposals to accept, changes of profile waiting
    for a second person, people to check against the opt-out, copies elsewhere to see to."""
    mine = [*_silence(actor), *_untold(actor), *_proposed(actor), *_to_check(actor), *_to_review(actor)]
    return [*mine, *onward.worklist(actor)]


def _untold(actor: Actor) -> list[WorkItem]:
    """What the national side would not be told."""
    found = untold.all_of(actor) if actor.may("held_act") and actor.may("held_view") else []
    words = f"{'report' if len(found) == 1 else 'reports'} that the national side refused"
    return [WorkItem(len(found), words, reverse("deid:reports"), found[0].at)] if found else []


def _to_review(actor: Actor) -> list[WorkItem]:
    """Findings to decide about, and rules that a second person is asked to confirm."""
    items = []
    if actor.may(ruling.MAKE):
        groups = findings.by_cause(actor)
        count = sum(one.findings for one in groups)
        oldest = min((one.oldest for one in groups if one.oldest), default=None)
        words = f"{'finding' if count == 1 else 'findings'} of what may name a patient to review"
        items.append(WorkItem(count, words, reverse("deid:review"), oldest))
        drawn = sampling.visible(actor).filter(verdict="").aggregate(n=Count("pk"), oldest=Min("drawn_at"))
        words = f"drawn {'scan' if drawn['n'] == 1 else 'scans'} to look at, sent on"
        items.append(WorkItem(drawn["n"], words, reverse("deid:sample"), drawn["oldest"]))
    if actor.may(ruling.CONFIRM):
        mine = [one for one in ruling.waiting() if actor.name != (one.asked_by or one.made_by)]
        oldest = min((one.changed_at for one in mine), default=None)
        words = f"{'rule waits' if len(mine) == 1 else 'rules wait'} for you to confirm as the second person"
        items.append(WorkItem(len(mine), words, reverse("deid:rules"), oldest))
    return [item for item in items if item.count]


def _to_check(actor: Actor) -> list[WorkItem]:
    if not opt_out.may(actor) or not intake.opting_out.needed():
        return []
    state = opt_out.state()
    count = state.needed if state.old else state.new
    people = "person" if count == 1 else "people"
    return [WorkItem(count, f"{people} to check against the national data opt-out", _opt_out())] if count else []


def figures(actor: Actor) -> list[Figure]:
    """Leaks and rules that widen what passes, and when the national data opt-out was last checked, where needed."""
    return [*_protection(actor), *_swept(actor)]


def _protection(actor: Actor) -> list[Figure]:
    """What a data protection officer steers by."""
    if not (actor.may("profile_second") and actor.may("held_view")):
        return []
    mine = sampling.visible(actor)
    n = mine.aggregate(seen=Count("pk", filter=Q(verdict=sampling.SEEN)), judged=Count("pk", filter=~Q(verdict="")))
    looked = f"{formats.plural(n['judged'], 'drawn scan')} looked at"
    stopped = intake.visible(actor).filter(cause="second_check", disposition=intake.Disposition.HELD).count()
    note = f"{looked}, {formats.plural(stopped, 'image')} stopped by the second check" if stopped else looked
    wide = ruling.widening().aggregate(n=Count("pk"), scan=Count("pk", filter=~Q(scan="")))
    of_one = f"{formats.number(wide['scan'])} of them for one scan alone" if wide["scan"] else ""
    return [
        Figure(formats.number(n["seen"]), "leaks found: scans sent on with something that names a patient",
               f"{reverse('deid:sample')}?verdict={sampling.SEEN}", note),
        Figure(formats.number(wide["n"]), "rules in force that widen what passes",
               f"{reverse('deid:rules')}?effect=widens", of_one),
    ]  # fmt: skip


def _swept(actor: Actor) -> list[Figure]:
    if not any(actor.may(p) for p in (opt_out.PERMISSION, "study_config_accept")) or not intake.opting_out.needed():
        return []
    sweep = door.opt_outs().sweep()
    age = sweep.age(timezone.localdate()) if sweep else None
    value = "Never" if age is None else "Today" if age == 0 else f"{formats.plural(age, 'day')} ago"
    return [Figure(value, "last national data opt-out check", _opt_out())]


def _opt_out() -> str:
    return reverse("deid:opt_out")


def _proposed(actor: Actor) -> list[WorkItem]:
    if not actor.may("study_config_accept"):
        return []
    pinned = {p.research_study: p for p in ProfileInForce.objects.all()}
    waiting = [s for s in intake.research_studies(actor) if not door.settled(s, pinned.get(s.slug))]
    second = {slug for slug, p in pinned.items() if p.waiting}
    mine = [s for s in waiting if s.slug not in second]
    others = len(waiting) - len(mine)
    url = reverse("research_studies:all")
    items = [
        WorkItem(len(mine), f"{_proposals(len(mine))} of the national side to accept", f"{url}?state=to_accept"),
        WorkItem(others, f"{_proposals(others)} waiting for a second person", f"{url}?state=to_accept"),
    ]
    return [item for item in items if item.count]


def _silence(actor: Actor) -> list[WorkItem]:
    """What waits for the national side, since when it has not answered."""
    known = away.state() if actor.may("status_view") else None
    waits = intake.LedgerRow.objects.filter(disposition=intake.Disposition.PENDING).count() if known else 0
    if not known or not waits:
        return []
    why = "does not let this gateway in" if known.shut_out else "does not answer"
    words = f"{'image waits' if waits == 1 else 'images wait'}: the national side {why}"
    return [WorkItem(waits, words, reverse("status"), known.since)]


def backlog() -> list[Figure]:
    """Whether the national side answers, for the status page: only when it does not; and copies elsewhere."""
    known = away.state()
    if known is None:
        return onward.backlog()
    tried = f"{formats.plural(known.tries, 'try', 'tries')} since, the next at {formats.clock(known.again_at)}"
    words = "national side does not answer: scans are taken, wait here, and are sent on by themselves"
    if known.shut_out:
        words = (
            "national side does not let this gateway in: scans wait here. Ask its administrator for a new code, and "
        )
        words += "join with it: isocentre gateway join"
    return [Figure(f"since {formats.moment(known.since)}", words, note=tried), *onward.backlog()]


def _proposals(count: int) -> str:
    return "proposal" if count == 1 else "proposals"


def life(actor: Actor, key: str) -> list[Step]:
    """De-identified, sent on, also elsewhere, acknowledged, erased; `key` is the id of any of the scan's rows."""
    if not (actor.may("arrivals_view") or actor.may("held_view")):
        return []
    scan = intake.scan(by=actor, key=key)
    return [] if scan is None else [*steps.steps(scan), *onward.steps(scan)]


def traces(actor: Actor, key: str) -> list[Trace]:
    """Findings in the scan, which people decided about."""
    scan = intake.scan(by=actor, key=key) if actor.may("held_view") else None
    if scan is None:
        return []
    mine = findings.visible(actor).filter(research_study=scan.first.research_study, study_uid=scan.first.study_uid)
    return [Trace("finding", str(pk)) for pk in mine.values_list("pk", flat=True)]


def search(actor: Actor, text: str) -> list[Hit]:
    """Research studies by title or short name."""
    words = text.strip().casefold()
    if len(words) < 2 or not any(actor.may(p) for p in MENU[2][0]):
        return []
    return [
        Hit(s.title, "Research study", reverse("research_studies:one", args=[s.slug]), s.slug)
        for s in intake.research_studies(actor).order_by("title")
        if words in f"{s.slug} {s.title}".casefold()
    ][:20]
