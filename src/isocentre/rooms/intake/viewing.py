"""What an actor of the hospital side may see of the ledger: one scope for pages, exports, search and writes."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from isocentre.core.actor import ANY, Actor
from isocentre.rooms.intake.models import CANARY, UNASSIGNED, Enrolment, LedgerRow, ResearchStudy
from isocentre.web import names


def actor_of(request: HttpRequest) -> Actor:
    """The actor the guard has let through."""
    actor: Actor = request.actor  # type: ignore[attr-defined]  # people.middleware sets it, the guard proves it
    return actor


def visible(by: Actor) -> QuerySet[LedgerRow]:
    """Ledger rows in the actor's scope, the canary's never.

    A row whose site is not known yet is seen by everybody who may see its research study: somebody has to act on it.
    Scans of no research study are seen only by those who may see all research studies.
    """
    return LedgerRow.objects.exclude(research_study=CANARY).filter(within(by, "site"))


def within(by: Actor, site: str) -> Q:
    """What is of the actor's pairs of research study and site, or of no site yet; `site`: the column that says it."""
    if (ANY, ANY) in by.scope.pairs:
        return Q()
    where = Q(pk__in=[])
    for slug, ods in by.scope.pairs:
        study = Q() if slug == ANY else Q(research_study=slug)
        where |= study if ods == ANY else study & Q(**{f"{site}__in": ("", ods)})
    return where


def slugs(by: Actor) -> list[str] | None:
    """Research studies in scope; None for all of them."""
    named = {slug for slug, _ in by.scope.pairs}
    return None if ANY in named else sorted(named)


def enrolments(by: Actor) -> QuerySet[Enrolment]:
    """Enrolments in the research studies of the actor's scope.

    An enrolment names no site, so a person whose scans all came from other sites is not shown to those of one site;
    one without a scan is shown to everybody of the research study: their first scan may come from anywhere.
    """
    rows = Enrolment.objects.select_related("person")
    scans = LedgerRow.objects.filter(enrolment=OuterRef("pk"))
    where = Q(pk__in=[])
    for slug, site in by.scope.pairs:
        study = Q() if slug == ANY else Q(research_study=slug)
        here = Q() if site == ANY else Q(~Exists(scans) | Exists(scans.filter(site__in=("", site))))
        where |= study & here if study or here else Q(pk__gt=0)
    return rows.filter(where)


def research_studies(by: Actor) -> QuerySet[ResearchStudy]:
    """Research studies proposed to this hospital, in the actor's scope."""
    named = slugs(by)
    return ResearchStudy.objects.all() if named is None else ResearchStudy.objects.filter(slug__in=named)


def accepted(by: Actor) -> list[tuple[str, str]]:
    """(slug, title) of accepted research studies in scope, by title."""
    found = research_studies(by).exclude(accepted=None).values_list("slug", flat=True)
    return list(names.research_studies(set(found)).items())


def titles() -> dict[str, str]:
    """Titles by slug, with words for scans of none."""
    return {**names.research_studies(), **names.research_studies([UNASSIGNED])}


def require(by: Actor, permission: str) -> None:
    """PermissionDenied (403) when the actor lacks the permission."""
    if not by.may(permission):
        raise PermissionDenied("Your current role does not do this. Choose another role in the header.")
