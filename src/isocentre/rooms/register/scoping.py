"""Turns an actor's scope into filters, the same way for every query of the register."""

from __future__ import annotations

from django.db.models import Q

from isocentre.core.actor import ANY, Actor, Scope
from isocentre.core.checks import NotFound
from isocentre.rooms.register.models import ResearchStudy


def within(scope: Scope) -> Q:
    """Rows with columns `research_study` and `site` that the scope covers; nothing for an empty or Selection scope."""
    covered = Q(pk__in=[])
    for research_study, site in scope.pairs:
        if (research_study, site) == (ANY, ANY):
            return Q()
        if research_study == ANY:
            covered |= Q(site=site)
        elif site == ANY:
            covered |= Q(research_study=research_study)
        else:
            covered |= Q(research_study=research_study, site=site)
    return covered


def studies_within(scope: Scope) -> Q:
    """Research studies of which the scope covers any part."""
    covered = Q(pk__in=[])
    for research_study, site in scope.pairs:
        if (research_study, site) == (ANY, ANY):
            return Q()
        covered |= Q(sites__site=site) if research_study == ANY else Q(slug=research_study)
    return covered


def only_site(scope: Scope) -> str:
    """The one site of a scope (a gateway's), or "" where it has several or any."""
    sites = {site for _, site in scope.pairs}
    return sites.pop() if len(sites) == 1 and ANY not in sites else ""


def visible(by: Actor, slug: str) -> ResearchStudy:
    """The research study, or NotFound when it is absent or out of scope."""
    row = ResearchStudy.objects.filter(studies_within(by.scope), slug=slug).distinct().first()
    if row is None:
        raise NotFound("no research study of this name")
    return row


def editable(by: Actor, slug: str) -> ResearchStudy:
    """The research study for a change, locked; PermissionError unless the actor may edit it at every site."""
    changeable(by, slug)
    return ResearchStudy.objects.select_for_update().get(slug=slug)


def changeable(by: Actor, slug: str) -> ResearchStudy:
    """The research study; NotFound out of scope, PermissionError in words unless the actor may edit it everywhere."""
    if not by.may("register_edit"):
        raise PermissionError("This role does not change research studies.")
    row = visible(by, slug)
    if not may_change(by, slug):
        raise PermissionError("Only someone of the study team who acts for every site may change what was agreed.")
    return row


def may_change(by: Actor, slug: str) -> bool:
    """True when the actor may change this research study: at every site, not at one hospital's part of it."""
    return by.may("register_edit") and by.scope.allows(slug, ANY)


def may_publish(by: Actor, slug: str) -> bool:
    """True when the actor may put a charter in force for this research study: it holds at every site."""
    return by.may("charters_publish") and by.scope.allows(slug, ANY)


def sees_subject_ids(by: Actor) -> bool:
    """True when pages, their files and searches name subjects by their id in the research study (ADR 0018).

    The study team's; to everybody else pages name a subject by pseudonym alone.
    """
    return by.may("realtime_view")


def may_create(by: Actor) -> bool:
    """Whether the actor may create research studies: a person of a study team, not of one hospital's part of it."""
    national = any(site == ANY for _, site in by.scope.pairs)
    return by.may("register_edit") and (by.scope.allows(ANY, ANY) or (by.kind == "person" and national))
