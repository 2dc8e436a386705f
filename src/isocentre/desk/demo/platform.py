"""Seeds the national side of the demo through its doors: sites, scanners, research studies and their schedules."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta

from django.utils import timezone

from isocentre.core.actor import SYSTEM
from isocentre.desk.demo import plan
from isocentre.rooms.network import door as network
from isocentre.rooms.register import door as register
from isocentre.rooms.trials import door as trials


def seed() -> None:
    """Create what the plan lists; safe to repeat."""
    for ods, name in plan.SITES:
        network.save_site(by=SYSTEM, ods=ods, name=name, organisation_ods=plan.ORGANISATION[0],
                          organisation_name=plan.ORGANISATION[1])  # fmt: skip
    for entry in plan.scanner_entries():
        network.save_scanner(by=SYSTEM, scanner=entry)
    for terms in plan.STUDIES:
        register.create_research_study(by=SYSTEM, terms=terms)
        for site in plan.AT[terms.slug]:
            register.save_study_site(by=SYSTEM, research_study=terms.slug, site=site, status="open")
        for event in plan.EVENTS[terms.slug]:
            register.save_planned_event(by=SYSTEM, research_study=terms.slug, event=event)
        days, people = plan.AGREED_DAYS[terms.slug], plan.AGREED_BY[terms.slug]
        agree(terms.slug, trust=plan.ORGANISATION[0], people=people, days=days)
        if terms.slug in plan.CHARTERS and not trials.versions(by=SYSTEM, slug=terms.slug):
            kept = trials.upload(by=SYSTEM, slug=terms.slug, text=plan.CHARTERS[terms.slug])
            trials.publish(by=SYSTEM, slug=terms.slug, number=kept.version)


def agree(slug: str, *, trust: str, people: tuple[str, str], days: int) -> None:
    """A made-up agreement in force for so many days, entered and confirmed by these two; none where there is one."""
    if register.agreements.agreement(by=SYSTEM, slug=slug, organisation=trust).versions:
        return
    today = timezone.localdate()
    terms = replace(
        plan.AGREEMENT, file_reference=f"IG-{slug}", caldicott_on=today - timedelta(days=212),
        siro_on=today - timedelta(days=205), starts=today - timedelta(days=200), until=today + timedelta(days=days),
    )  # fmt: skip
    enters, confirms = (replace(SYSTEM, kind="person", name=name) for name in people)
    register.agreeing.enter(by=enters, slug=slug, organisation=trust, changes=asdict(terms))
    register.agreeing.confirm(by=confirms, slug=slug, organisation=trust, number=1, edits=1)
