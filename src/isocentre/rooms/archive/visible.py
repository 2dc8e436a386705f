"""The one scope function: every query of images starts here, nothing else queries instances."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from isocentre.core.actor import ANY, Actor
from isocentre.rooms.archive.models import CANARY, ImagingStudy, Instance, Series


def studies(by: Actor | None) -> QuerySet[ImagingStudy]:
    """Imaging studies this actor may see; none without `images_view`, none of the canary but for the system."""
    if by is None or not by.may("images_view") or by.scope.empty or by.scope.selection is not None:
        return ImagingStudy.objects.none()
    rows = ImagingStudy.objects.all() if by.kind == "system" else ImagingStudy.objects.exclude(research_study=CANARY)
    if (ANY, ANY) in by.scope.pairs:
        return rows
    allowed = Q(pk__in=[])
    for research_study, site in by.scope.pairs:
        one = Q() if research_study == ANY else Q(research_study=research_study)
        allowed |= one if site == ANY else one & Q(site=site)
    return rows.filter(allowed)


def series(by: Actor | None) -> QuerySet[Series]:
    """Series of visible imaging studies."""
    return Series.objects.select_related("study").filter(study__in=studies(by))


def instances(by: Actor | None) -> QuerySet[Instance]:
    """Instances of visible imaging studies."""
    return Instance.objects.select_related("series__study").filter(series__study__in=studies(by))
