"""What the register tells the pages that span rooms."""

from __future__ import annotations

from django.urls import reverse

from isocentre.core.actor import Actor
from isocentre.core.charter.records import called
from isocentre.core.hooks import Figure, Hit, NavItem, Step, Tally, Trace, WorkItem
from isocentre.rooms.register import agreement_work, door, presenters
from isocentre.web import formats, names

MISSING = "missing, or too few images"


def navigation(actor: Actor) -> list[NavItem]:
    """The lists of research studies and of contribution agreements."""
    items = []
    if actor.may("register_view"):
        items.append(NavItem("Research studies", reverse("register:research_studies"), 30, "r"))
    if actor.may(door.agreements.VIEW):
        items.append(NavItem("Agreements", reverse("agreements:all"), 42, "e"))
    return items


def worklist(actor: Actor) -> list[WorkItem]:
    """Scans to match, research studies whose set-up waits for a next step, agreements that need somebody."""
    items = agreement_work.waiting(actor)
    if not actor.may("register_view"):
        return items
    for study in door.research_studies(by=actor):
        waiting = len(door.unmatched(by=actor, slug=study.slug))
        # Not for whoever of the study team acts for one site only: they may read these, and not choose.
        if waiting and not presenters.only_to_read(actor, study.slug):
            text = f"{'scan matches' if waiting == 1 else 'scans match'} no planned imaging event in {study.title}"
            items.append(WorkItem(waiting, text, reverse("register:unmatched", args=[study.slug])))
        if study.terms.status == "set_up" and door.may_change(actor, study.slug):
            url = reverse("register:research_study", args=[study.slug])
            items.append(WorkItem(1, f"research study in set-up: {study.title}", url))
    return items


def figures(actor: Actor) -> list[Figure]:
    """Imaging received against expected, over the research studies in scope."""
    if not actor.may("register_view"):
        return []
    rows = [row for study in door.research_studies(by=actor) for row in door.imaging(by=actor, slug=study.slug)]
    expected, received = sum(row.expected for row in rows), sum(row.received for row in rows)
    url = reverse("register:research_studies")
    return [Figure(f"{received:,} of {expected:,}", "planned imaging received", url)] if rows else []


def tallies(actor: Actor) -> list[Tally]:
    """Planned imaging proved by scans, and scans that match none."""
    if not actor.may("register_view"):
        return []
    studies = door.research_studies(by=actor)
    received = sum(row.received for study in studies for row in door.imaging(by=actor, slug=study.slug))
    waiting = sum(len(door.unmatched(by=actor, slug=study.slug)) for study in studies)
    url = reverse("register:research_studies")
    return [
        Tally("register.received", received, "planned imaging received", "planned imaging received", url),
        Tally("register.unmatched", waiting, "more scan to match", "more scans to match", url),
    ]


def life(actor: Actor, key: str) -> list[Step]:
    """Whether a scan was matched to what was planned; `key` is our own StudyInstanceUID. No clock, no subject id."""
    if not actor.may("register_view") and not actor.may("scans_view"):
        return []
    steps = [_checked(one) for one in door.verdicts(by=actor, study_uid=key)]
    for row in door.evidence(by=actor, study_uids=[key]).get(key, []):
        names = {e.id: e.name for e in door.planned_events(by=actor, slug=row.research_study)}
        part = "imaging" if row.planned_event else "unmatched"
        url = reverse(f"register:{part}", args=[row.research_study]) if actor.may("register_view") else ""
        if row.planned_event:
            detail = f"{names.get(row.planned_event, row.planned_event)}, time point {row.time_point}"
            steps.append(Step("matched", "Matched to a planned visit", "done", detail=detail, url=url))
        elif not names:
            detail = "Nothing is planned for this research study, so there is nothing to match."
            steps.append(Step("matched", "Not planned", "done", detail=detail, url=url))
        else:
            next_step = "The study team chooses the imaging event, or plans one."
            title = "Not matched to a planned visit"
            steps.append(Step("matched", title, "now", detail=row.why_not, url=url, next=next_step))
    return steps


def _checked(one: door.VerdictRecord) -> Step:
    """What the hospital side found when it held the scan against its charter, on arrival."""
    by, title = f"charter version {one.charter_version}", "Checked at the hospital against the imaging charter"
    if one.outcome != "repeat":
        told = {"pass": "Pass", "not_covered": "Not judged: the charter says nothing of such a scan"}
        return Step("deidentified", title, "done", who=by, detail=told[one.outcome])
    found = {MISSING if name == "Images" else called(name): n for name, n in one.deviations.items()}
    parts = [f"{words} in {formats.plural(n, 'series', 'series')}" for words, n in found.items()]
    detail = f"Not as the charter has it: {', '.join(parts)}"
    return Step("deidentified", title, "done", who=by, detail=detail)


def traces(actor: Actor, key: str) -> list[Trace]:
    """What machine and people said the scan proves."""
    if not actor.may("register_view") and not actor.may("scans_view"):
        return []
    return [Trace("imaging_event", name) for name in door.event_ids(by=actor, study_uid=key)]


def search(actor: Actor, text: str) -> list[Hit]:
    """Research studies by title, short name, sponsor or IRAS number; subjects by subject id or pseudonym."""
    words = text.strip()
    if not words or not actor.may("register_view"):
        return []
    hits = [
        Hit(s.title, "Research study", reverse("register:research_study", args=[s.slug]), s.terms.sponsor)
        for s in door.research_studies(by=actor, words=words)
    ]
    found = door.find_subjects(by=actor, text=words)
    titles, sites = names.research_studies({s.research_study for s in found}), names.sites({s.site for s in found})
    hits += [
        Hit(
            (s.subject_id if door.sees_subject_ids(actor) else "") or s.pseudonym,
            "Subject",
            reverse("register:subject", args=[s.research_study, s.pseudonym]),
            f"{titles[s.research_study]}, {sites[s.site]}",
        )
        for s in found
    ]
    return hits[:20]
