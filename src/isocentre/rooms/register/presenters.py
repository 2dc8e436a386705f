"""Words, tabs and colours of the register's pages."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from isocentre.core.actor import ANY, Actor
from isocentre.core.record_types import PlannedEvent
from isocentre.rooms.register import door
from isocentre.rooms.register.records import ResearchStudyRecord, StudySiteRecord, SubjectRecord
from isocentre.web import formats, names

COLOURS = {"set_up": "yellow", "open": "green", "paused": "orange", "closed": "grey"}
MODES = {
    "dedicated": "Dedicated: everything sent to its own AE title belongs to it, and new people are enrolled on arrival",
    "listed": "Listed: only people on the enrolment list, and only scans the schedule expects",
}
BASES = {"consent": "Consent", "s251": "Section 251 support: the national opt-out is applied"}
SUBJECT_WORDS = {
    "candidate": "not confirmed yet",
    "on-study": "on the research study",
    "off-study": "no longer on the research study",
    "withdrawn": "withdrawn",
}
_BY_HAND = "not available yet: see to it by hand"
WITHDRAWALS = {
    "keep": "withdrawn: what was stored stays in use",
    "no_new_use": f"withdrawn: asks that what was stored is used for nothing new ({_BY_HAND})",
    "erase": f"withdrawn: asks that what was stored is erased where the law allows ({_BY_HAND})",
}
_TABS = (
    ("research_study", "Overview"),
    ("sites", "Sites"),
    ("scanners", "Scanners"),
    ("planned_events", "Planned imaging"),
    ("subjects", "Subjects"),
    ("imaging", "Imaging received"),
    ("matched", "Scans matched"),
    ("unmatched", "Scans to match"),
)


def only_to_read(by: Actor, slug: str) -> str:
    """Why somebody of the study team is offered nothing to change here; nothing for everybody else."""
    if door.may_change(by, slug) or not by.may("register_edit"):
        return ""
    mine = names.sites({site for study, site in by.scope.pairs if study in (ANY, slug)})
    return (
        f"You act for {' and '.join(mine.values())} in this research study. What was agreed is changed by someone of "
        "the study team who acts for every site."
    )


def tabs(by: Actor, slug: str, current: str) -> list[dict[str, Any]]:
    """The parts of a research study's page; real times only for those who may see them."""
    wanted = _TABS + ((("times", "Times"),) if by.may("realtime_view") else ())
    return [
        {"text": text, "href": reverse(f"register:{name}", args=[slug]), "current": name == current}
        for name, text in wanted
    ]


def subject_state(subject: SubjectRecord) -> str:
    """How a subject stands in the research study, and what who withdrew asked for."""
    return WITHDRAWALS.get(subject.withdrawal) or SUBJECT_WORDS.get(subject.status, subject.status)


def window(event: PlannedEvent) -> str:
    """The window in words, counted from day 0."""
    return formats.study_days(*event.window)


def handed(site: StudySiteRecord, version: int) -> str:
    """How far the hospital side has got with the proposal."""
    if not site.handed_version:
        return "not fetched yet"
    if site.handed_version < version:
        return f"version {site.handed_version} fetched, version {version} waits"
    return f"version {version} fetched"


def next_step(study: ResearchStudyRecord, sites: list[StudySiteRecord], events: int) -> dict[str, str] | None:
    """What must happen next, who must act and where; None when nothing waits."""
    slug = study.slug
    if study.terms.status == "closed":
        return None
    if not sites:
        return _next(
            "Add the sites that take part.", "study team", reverse("register:site_add", args=[slug]), "Add a site"
        )
    if not events:
        url = reverse("register:planned_event_add", args=[slug])
        return _next("Plan the imaging: which scans, at which time points.", "study team", url, "Add an imaging event")
    if study.terms.status != "open":
        url = reverse("register:edit", args=[slug, "status"])
        return _next(
            "Open the research study, so that its sites may send scans.", "study team", url, "Change its state"
        )
    shut = [s.name for s in sites if s.status == "set_up"]
    if shut:
        url = reverse("register:sites", args=[slug])
        return _next(f"Open the sites that are ready: {', '.join(shut)}.", "study team", url, "See the sites")
    behind = [s.name for s in sites if s.status == "open" and s.handed_version < study.version]
    if behind:
        words = f"Version {study.version} waits to be fetched by the hospital side of {', '.join(behind)}."
        return _next(words, "nobody, it is fetched by itself within minutes when the hospital side runs", "", "")
    return None


def _next(text: str, who: str, href: str, link_text: str) -> dict[str, str]:
    return {"text": text, "who": who, "href": href, "link_text": link_text}
